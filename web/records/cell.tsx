import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatDecimal } from '#kernel';
import { useMetadata } from '../api/hooks.ts';
import type { Field, Option, Reference, Value } from '../api/types.ts';
import { useMay } from '../app/permissions.ts';
import { Badge, Count, DateText, Icon, Money, OptionBadge } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { isReference } from './reference.ts';

export const isFigure = (field: Field): boolean =>
  field.type === 'money' || field.type === 'integer' || field.type === 'decimal' || field.type === 'percent';

/** Does a field hold the code of a rule? It is shown and filtered by the rule's name. */
export const namesRule = ({ code, type }: Field): boolean => code === 'rule' && type === 'text';

/** The choices of a field; tiers, tags, roles and rules are defined in places of their own, and the field leaves them open. */
export function useOptions(field: Field): Option[] {
  const metadata = useMetadata();
  if (field.options && field.options.length > 0) return field.options;
  if (field.code === 'tier') return metadata.tiers;
  if (field.code === 'tags') return metadata.tags;
  if (field.code === 'roles') return metadata.roles;
  if (namesRule(field)) return metadata.rules;
  return [];
}

interface CellProps {
  field: Field;
  value: Value | undefined;
  /** The whole value, for a page of one record; in lists long texts are cut and amounts short. */
  whole?: boolean;
  /** No links: it stands within a button. */
  plain?: boolean;
}

/** One value as its type wants to be seen: the only place that knows how. */
export function Cell({ field, value, whole, plain }: CellProps): ReactNode {
  const { t } = useTexts();
  const options = useOptions(field);
  if (field.access.see === 'hidden') return <span className="faint">{t('common.hidden')}</span>;
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    return <span className="faint">{t('common.none')}</span>;
  }
  switch (field.type) {
    case 'money':
      return <Money value={String(value)} full={whole} />;
    case 'integer':
      return typeof value === 'number' || /^-?\d+$/.test(String(value)) ? (
        <Count value={String(value)} />
      ) : (
        String(value)
      );
    case 'decimal':
      return trimmed(formatDecimal(String(value), field.scale ?? 4));
    case 'percent':
      return `${trimmed(formatDecimal(String(value), field.scale ?? 4))}%`;
    case 'date':
    case 'datetime':
      return <DateText value={String(value)} />;
    case 'boolean':
      return value === true ? <Icon name="check" /> : <span className="faint">{t('common.no')}</span>;
    case 'choice':
      return <OptionBadge options={options} code={String(value)} />;
    case 'choices':
      return (
        <>
          {(value as string[]).map((code) => (
            <OptionBadge key={code} options={options} code={code} />
          ))}
        </>
      );
    case 'ref':
      return isReference(value) ? <ReferenceText entityCode={field.ref} value={value} /> : String(value);
    case 'refs':
      return (value as unknown[]).map((each) => (isReference(each) ? each.label : String(each))).join(t('filter.join'));
    case 'text_list':
      return (
        <>
          {(value as string[]).map((word) => (
            <Badge key={word}>{word}</Badge>
          ))}
        </>
      );
    case 'json':
      return <span className="mono">{JSON.stringify(value)}</span>;
    case 'phone':
      return whole && field.access.see === 'clear' ? (
        <a href={`tel:${String(value)}`}>{String(value)}</a>
      ) : (
        String(value)
      );
    case 'email':
      return whole && field.access.see === 'clear' ? (
        <a href={`mailto:${String(value)}`}>{String(value)}</a>
      ) : (
        String(value)
      );
    case 'long_text':
      return whole ? <span className="long-text">{String(value)}</span> : String(value);
    default:
      return namesRule(field) ? <RuleName code={String(value)} plain={plain} /> : String(value);
  }
}

/** A rule by its name, one press away from its page for who may see it. One that was retired is known by its code alone. */
export function RuleName({ code, plain }: { code: string; plain?: boolean | undefined }) {
  const { text } = useTexts();
  const { rules } = useMetadata();
  const mayRead = useMay('definitions.read');
  const rule = rules.find((each) => each.code === code);
  const name = rule ? text(rule.label) : code;
  if (plain || !mayRead || !rule) return name;
  return (
    <Link to="/design/$kind/$code" params={{ kind: 'rules', code }} className="reference">
      {name}
    </Link>
  );
}

/** A customer is always one press away from the 360 view; any other reference is a name. */
function ReferenceText({ entityCode, value }: { entityCode: string | undefined; value: Reference }) {
  if (entityCode !== 'customer') return value.label;
  return (
    <Link to="/customers/$id" params={{ id: value.id }} className="reference">
      {value.label}
    </Link>
  );
}

/** 3.1400 → 3.14: a rate of unknown precision carries no idle zeros. */
const trimmed = (figure: string): string => figure.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
