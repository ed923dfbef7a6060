import { formatDecimal } from '#kernel';
import type { Evidence, EvidenceInput } from '../api/day-plan.ts';
import { useMetadata } from '../api/hooks.ts';
import { DateText, Money } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import './evidence.css';

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
  const wordOf = useWords();
  // What there was none of and was not measured says nothing.
  const inputs = (evidence.inputs ?? []).filter((input) => input.value !== null || threshold(input) !== null);
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
              {input.value !== null && <Measure value={wordOf(input.code, input.value)} unit={input.unit} />}
            </td>
            {measured && (
              <td className="number faint">
                {threshold(input) !== null && (
                  <>
                    {signs[input.operator ?? ''] ?? input.operator}{' '}
                    <Measure value={wordOf(input.code, input.threshold)} unit={input.unit} />
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

/** Codes of choices in their words: `tier` and other fields of the customer, `account_kind` and the like of other entities. */
function useWords(): (code: string, value: string | null | undefined) => string | null | undefined {
  const { text } = useTexts();
  const { entities, tiers } = useMetadata();
  return (code, value) => {
    const field = entities
      .flatMap((entity) =>
        entity.fields.filter((each) =>
          entity.code === 'customer' ? each.code === code : `${entity.code}_${each.code}` === code,
        ),
      )
      .find((each) => each.options !== undefined);
    const option = (code === 'tier' ? tiers : (field?.options ?? [])).find((each) => each.code === value);
    return option ? text(option.label) : value;
  };
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
