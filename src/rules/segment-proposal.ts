import { writeText } from '#expressions';
import type { Name } from '#facts';
import { Failure, type Text } from '#kernel';
import type { FieldTypeCode, ListField } from '#metadata';
import { countRows, type Filter, parseFilters } from '#records';
import { checkDefinition, type Issue, sentenceOf } from './definition-check.ts';
import { type DesignContext, saveDraft } from './definitions.ts';
import { kinds } from './failures.ts';
import { membershipVocabulary } from './segments.ts';
import { IDENTIFYING } from './vocabulary.ts';

// A list's filter as the condition of a segment. A segment is one for the whole institution and is decided anew every day, so what
// speaks of persons, of places in the organisation or of what is sealed stays out, and is named with its reason.

/** Why a filter is no part of a condition. */
const reasons = {
  search: {
    zh: '搜索框的文字只用于找人，不能成为条件',
    en: 'what the search box was asked finds people; it is no condition',
  },
  reference: {
    zh: '机构、客户经理等引用不能写进条件：客群对全行成立，各人看到的是自己范围内的成员',
    en: 'a unit, a manager or another reference cannot stand in a condition: a segment holds for the whole institution, and everybody sees the members within reach',
  },
  identifying: {
    zh: '能认出个人的字段不能写进条件',
    en: 'a field that identifies a person cannot stand in a condition',
  },
  any: {
    zh: '“有任意一个”或“一个也没有”会随新定义的标签、客群改变，请选定具体的',
    en: '"has any" and "has none" would change with every new tag or segment; choose which',
  },
  other: {
    zh: '这种字段不能写进条件，可改用指标',
    en: 'a field of this kind cannot stand in a condition; use a metric instead',
  },
} satisfies Record<string, Text>;

export interface LeftOut {
  filter: string;
  label: Text;
  reason: Text;
}

export interface Proposal {
  /** Empty when no filter can stand in a condition. */
  condition: string;
  sentence?: Text | undefined;
  left: LeftOut[];
  /** What speaks against the condition although it was written of filters that the reader may use. */
  issues: Issue[];
  /** Customers within reach whom the list finds by the filters that stand in the condition. */
  count: { count: number; capped: boolean };
}

export interface Question {
  filter: string[];
  q?: string | undefined;
}

/** The condition that a list's question comes to, and what of the question it leaves out. */
export async function conditionOf(ctx: DesignContext, { filter, q }: Question): Promise<Proposal> {
  const customer = ctx.model.entity('customer');
  const parsed = await parseFilters(ctx.database, ctx.model, ctx.actor, customer, filter);
  const { names } = membershipVocabulary(ctx.model);
  const left: LeftOut[] = [];
  const parts: string[] = [];
  const kept: string[] = [];
  for (const [index, each] of parsed.entries()) {
    const part = partOf(each, names);
    if (typeof part === 'string') {
      parts.push(part);
      kept.push(filter[index]!);
    } else left.push({ filter: filter[index]!, label: each.field.label, reason: part });
  }
  if (q && q.trim() !== '') {
    left.push({ filter: q.trim(), label: { zh: '搜索', en: 'Search' }, reason: reasons.search });
  }
  const condition = parts.length === 1 ? parts[0]! : parts.map((part) => bracketed(part)).join(' and ');
  const none = { condition: '', left, issues: [], count: { count: 0, capped: false } };
  if (condition === '') return none;
  const body = { ...SAMPLE, if: condition };
  const { issues, candidate } = checkDefinition(ctx, 'segments', body);
  return {
    condition,
    sentence: candidate && sentenceOf(candidate, 'segments', body),
    left,
    issues,
    count: await countRows(ctx, customer, { filter: kept }),
  };
}

/** A definition to check the condition in; a code that nobody uses by chance. */
const SAMPLE = { code: 'proposed_by_list', label: { zh: '筛选', en: 'Filter' } };

/**
 * Keeps a list's filter as the draft of a new segment, which a designer then publishes. Throws a Failure when part of the question
 * cannot stand in a condition and it was not said that it may be left out, and when the code is taken.
 */
export async function proposeSegment(
  ctx: DesignContext,
  {
    code,
    label,
    description,
    partial,
    note,
    ...question
  }: Question & {
    code: string;
    label: Text;
    description?: Text | undefined;
    partial: boolean;
    note: string | null;
  },
): Promise<void> {
  const { condition, left } = await conditionOf(ctx, question);
  if (condition === '') throw new Failure(kinds.segment_empty, { parts: listed(left) });
  if (left.length > 0 && !partial) throw new Failure(kinds.segment_partial, { parts: listed(left) }, 'filter');
  const body = { code, label, ...(description ? { description } : {}), if: condition };
  await saveDraft(ctx, 'segments', code, body, note, { isNew: true });
}

const listed = (left: readonly LeftOut[]): Text => ({
  zh: left.map(({ label, reason }) => `${label.zh}（${reason.zh}）`).join('、'),
  en: left.map(({ label, reason }) => `${label.en} (${reason.en})`).join(', '),
});

/** One filter as text of the language, or why it is none. */
function partOf(filter: Filter, names: Record<string, Name>): string | Text {
  const { field, gathered, operator, values } = filter;
  if (gathered && field.code === 'tags') return memberships('tag', filter);
  if (gathered && field.code === 'segment') return memberships('segment', filter);
  const code = gathered ? metricOf(gathered) : field.code;
  if (field.type === 'ref') return reasons.reference;
  if (!gathered && field.mask !== undefined && IDENTIFYING.has(field.mask)) return reasons.identifying;
  const name = names[code];
  if (!name || name.type === 'texts') return reasons.other;
  const literal = literals[field.type];
  if (operator === 'is_null' || operator === 'not_null') return `${code} ${operator === 'is_null' ? '=' : '!='} null`;
  if (!literal) return reasons.other;
  const [first, second] = values.map(literal);
  switch (operator) {
    case 'eq':
      return `${code} = ${first}`;
    case 'ne':
      return `${code} != ${first}`;
    case 'in':
      return `${code} in (${values.map(literal).join(', ')})`;
    case 'between':
      return `${code} in [${first}..${second}]`;
    case 'prefix':
      return `starts with(${code}, ${first})`;
    case 'contains': {
      // A list asks without regard to case; the language knows that of A–Z alone.
      const rest = values[0]!.replace(/[a-z]/gi, '');
      if (rest.toLowerCase() !== rest.toUpperCase()) return reasons.other;
      const isCased = rest !== values[0]!;
      return isCased
        ? `contains(lower case(${code}), ${writeText(values[0]!.toLowerCase())})`
        : `contains(${code}, ${first})`;
    }
    default:
      return `${code} ${{ gt: '>', gte: '>=', lt: '<', lte: '<=' }[operator]} ${first}`;
  }
}

function memberships(kind: 'tag' | 'segment', { operator, values }: Filter): string | Text {
  if (operator === 'is_null' || operator === 'not_null') return reasons.any;
  return values.map((code) => `${kind}_${code}`).join(' or ');
}

const bracketed = (part: string) => (/ or /.test(part) ? `(${part})` : part);

const metricOf = (gathered: ListField): string => gathered.field.code.replace(/^metric_/, '');

/** Values of filters as literals; a field of another type is no part of a condition. */
const literals: Partial<Record<FieldTypeCode, (value: string) => string>> = {
  text: writeText,
  uscc: writeText,
  choice: writeText,
  integer: String,
  decimal: String,
  money: String,
  percent: String,
  boolean: String,
  date: (value) => `date("${value}")`,
};
