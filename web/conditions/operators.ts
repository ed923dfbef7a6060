import type { ExpressionType } from '#expressions';

/** One way to compare: for which types, with how many values, and how the language writes it. */
interface Operator {
  /** Offered for subjects of these types; what is read may have others. */
  offered: readonly ExpressionType[];
  values: 0 | 1 | 2 | 'many';
  /** What a value is, where it is not of the type of the subject. */
  takes?: 'days';
  /** Has a common word for its opposite: is not one of, does not contain. */
  negates?: true;
  write: (subject: string, values: readonly string[], today: string) => string;
}

const compared = (sign: string, offered: readonly ExpressionType[]): Operator => ({
  offered,
  values: 1,
  write: (subject, [value]) => `${subject} ${sign} ${value}`,
});

const called = (name: string, offered: readonly ExpressionType[]): Operator => ({
  offered,
  values: 1,
  negates: true,
  write: (subject, [value]) => `${name}(${subject}, ${value})`,
});

const since = (sign: string): Operator => ({
  offered: ['date', 'datetime'],
  values: 1,
  takes: 'days',
  write: (subject, [days], today) => `days between(${subject}, ${today}) ${sign} ${days}`,
});

const until = (sign: string): Operator => ({
  offered: ['date', 'datetime'],
  values: 1,
  takes: 'days',
  write: (subject, [days], today) => `days between(${today}, ${subject}) ${sign} ${days}`,
});

const all = ['number', 'text', 'date', 'datetime', 'boolean'] as const;

/** In the order in which they are offered. */
export const operators = {
  gt: compared('>', ['number', 'duration']),
  ge: compared('>=', ['number', 'duration']),
  lt: compared('<', ['number', 'duration']),
  le: compared('<=', ['number', 'duration']),
  eq: compared('=', ['number', 'text', 'duration']),
  ne: compared('!=', ['number', 'text', 'duration']),
  one_of: {
    offered: ['text', 'number'],
    values: 'many',
    negates: true,
    write: (subject, values) => `${subject} in (${values.join(', ')})`,
  },
  between: {
    offered: ['number', 'date'],
    values: 2,
    negates: true,
    write: (subject, [low, high]) => `${subject} in [${low}..${high}]`,
  },
  contains: called('contains', ['text']),
  starts: called('starts with', ['text']),
  ends: called('ends with', ['text']),
  blank: { offered: ['text'], values: 0, negates: true, write: (subject) => `is blank(${subject})` },
  has: called('list contains', ['texts']),
  past_within: {
    offered: ['date', 'datetime'],
    values: 1,
    takes: 'days',
    negates: true,
    write: (subject, [days], today) => `days between(${subject}, ${today}) in [0..${days}]`,
  },
  past_ge: since('>='),
  past_gt: since('>'),
  past_eq: since('='),
  past_le: since('<='),
  past_lt: since('<'),
  future_within: {
    offered: ['date', 'datetime'],
    values: 1,
    takes: 'days',
    negates: true,
    write: (subject, [days], today) => `days between(${today}, ${subject}) in [0..${days}]`,
  },
  future_ge: until('>='),
  future_gt: until('>'),
  future_eq: until('='),
  future_le: until('<='),
  future_lt: until('<'),
  on: compared('=', ['date']),
  before: compared('<', ['date']),
  after: compared('>', ['date']),
  until: compared('<=', ['date']),
  from: compared('>=', ['date']),
  holds: { offered: ['boolean'], values: 0, negates: true, write: (subject) => subject },
  yes: { offered: [], values: 0, write: (subject) => `${subject} = true` },
  no: { offered: [], values: 0, write: (subject) => `${subject} = false` },
  empty: { offered: all, values: 0, write: (subject) => `${subject} = null` },
  filled: { offered: all, values: 0, write: (subject) => `${subject} != null` },
} satisfies Record<string, Operator> as Record<OperatorCode, Operator>;

export type OperatorCode =
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'eq'
  | 'ne'
  | 'one_of'
  | 'between'
  | 'contains'
  | 'starts'
  | 'ends'
  | 'blank'
  | 'has'
  | `past_${'within' | Order}`
  | `future_${'within' | Order}`
  | 'on'
  | 'before'
  | 'after'
  | 'until'
  | 'from'
  | 'holds'
  | 'yes'
  | 'no'
  | 'empty'
  | 'filled';

export type Order = 'ge' | 'gt' | 'eq' | 'le' | 'lt';

export const operatorCodes = Object.keys(operators) as OperatorCode[];

/** A choice of the menu of operators: the operator, or its opposite. */
export interface OperatorChoice {
  operator: OperatorCode;
  not: boolean;
}

/** What may be asked of a subject of a type. Comparisons with a day counted from today that few ask for stay behind their plain forms. */
const rare = new Set<OperatorCode>(['past_le', 'past_lt', 'future_lt', 'future_le', 'future_gt', 'until', 'from']);

export function choicesFor(type: ExpressionType, isChoice: boolean): OperatorChoice[] {
  const codes = operatorCodes.filter((code) => operators[code].offered.includes(type) && !rare.has(code));
  // A field with options is picked from its list: parts of codes mean nothing to people.
  const fitting = isChoice ? codes.filter((code) => !['contains', 'starts', 'ends', 'blank'].includes(code)) : codes;
  return fitting.flatMap((operator) => [
    { operator, not: false },
    ...(operators[operator].negates && operator !== 'between' && !operator.endsWith('within')
      ? [{ operator, not: true }]
      : []),
  ]);
}

/** The first thing that people ask of a type. */
export function firstOperator(type: ExpressionType, isChoice: boolean): OperatorCode {
  if (type === 'text') return isChoice ? 'one_of' : 'eq';
  if (type === 'date' || type === 'datetime') return 'past_within';
  return choicesFor(type, isChoice)[0]?.operator ?? 'filled';
}
