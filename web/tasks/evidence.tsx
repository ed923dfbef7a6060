import { formatDecimal } from '#kernel';
import type { Evidence, EvidenceInput } from '../api/day-plan.ts';
import { DateText, Money } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';

const signs: Record<string, string> = {
  '>=': '≥',
  '<=': '≤',
  '!=': '≠',
  gte: '≥',
  lte: '≤',
  gt: '>',
  lt: '<',
  eq: '=',
  ne: '≠',
};

/** A figure in the unit that it is measured in: money, a share, days, years, a plain count, or a text. */
export function Measure({ value, unit }: { value: string | null | undefined; unit?: string | null | undefined }) {
  const { t } = useTexts();
  if (value === null || value === undefined || value === '') return <span className="faint">{t('common.none')}</span>;
  if (unit === 'boolean') return value === 'true' ? t('common.yes') : t('common.no');
  if (unit === 'date' || unit === 'datetime') return <DateText value={value} />;
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value;
  const plain = withoutZeros(formatDecimal(value, 2));
  if (unit === 'money') return <Money value={value} />;
  if (unit === 'percent') return `${plain}%`;
  if (unit === 'days' || unit === 'years') {
    return t(`tasks.units.${unit}`, { value: formatDecimal(value, 0) });
  }
  return plain;
}

const withoutZeros = (figure: string): string => figure.replace(/\.?0+$/, '');

/** Why: each input, what it was, and what it was measured against. */
export function EvidenceTable({ evidence }: { evidence: Evidence }) {
  const { t, text } = useTexts();
  const inputs = evidence.inputs ?? [];
  if (inputs.length === 0) return null;
  const measured = inputs.some((input) => threshold(input) !== null);
  return (
    <table className="evidence">
      <thead>
        <tr>
          <th scope="col">{t('tasks.input')}</th>
          <th scope="col" className="number">
            {t('tasks.value')}
          </th>
          {measured && (
            <th scope="col" className="number">
              {t('tasks.threshold')}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {inputs.map((input) => (
          <tr key={input.code}>
            <td>{text(input.label)}</td>
            <td className="number">
              <Measure value={input.value} unit={input.unit} />
            </td>
            {measured && (
              <td className="number faint">
                {threshold(input) !== null && (
                  <>
                    {signs[input.operator ?? ''] ?? input.operator}{' '}
                    <Measure value={input.threshold} unit={input.unit} />
                  </>
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const threshold = (input: EvidenceInput): string | null => input.threshold ?? null;

/** The inputs, and of which day and version they are. */
export function Reason({ reason }: { reason: Evidence | null | undefined }) {
  const { t } = useTexts();
  if (!reason) return null;
  const facts = [
    reason.asOf && t('tasks.evidenceOf', { date: reason.asOf }),
    reason.version && t('tasks.ruleVersion', { version: reason.version }),
  ].filter(Boolean);
  return (
    <div className="reason">
      <EvidenceTable evidence={reason} />
      {facts.length > 0 && <p className="faint">{facts.join(' · ')}</p>}
    </div>
  );
}
