import type { Why } from '../api/definitions.ts';
import { Icon } from '../kit/kit.ts';
import { EvidenceTable } from '../tasks/evidence.tsx';
import { useTexts } from '../texts/texts.ts';
import './why.css';

interface ComparisonsProps extends Pick<Why['conditions'][number], 'parts' | 'holds'> {
  label: string;
}

/** Each comparison of a condition with its values and its truth. */
export function Comparisons({ label, parts, holds }: ComparisonsProps) {
  const { t, text } = useTexts();
  return (
    <table className="table why-steps" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col">{t('design.why.values')}</th>
          <th scope="col">{t('design.why.result')}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.sentence.en}>
            <td className="phone-title">{text(part.sentence)}</td>
            <td data-label={t('design.why.values')}>
              <EvidenceTable evidence={{ inputs: part.inputs }} />
              {part.inputs.every(({ value, threshold }) => (value ?? threshold ?? null) === null) && (
                <span className="faint">{t('common.none')}</span>
              )}
            </td>
            <td data-label={t('design.why.result')}>
              <Outcome holds={part.holds} />
            </td>
          </tr>
        ))}
      </tbody>
      {parts.length > 1 && (
        <tfoot>
          <tr>
            <td colSpan={2}>{t('design.why.together')}</td>
            <td>
              <Outcome holds={holds} />
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Outcome({ holds }: { holds: boolean | null }) {
  const { t } = useTexts();
  return (
    <span className="why-outcome" data-holds={String(holds)}>
      <Icon name={holds === null ? 'help' : holds ? 'check' : 'close'} size={14} />
      {t(holds === null ? 'design.why.unknown' : holds ? 'design.why.true' : 'design.why.false')}
    </span>
  );
}
