import { hash } from 'node:crypto';
import { ident, join, raw, type Sql, sql } from '#database';
import { childrenOf, type Expression } from '#expressions';
import type { FactsDay, Names, Unit } from '#facts';
import type { BusinessDate, Text } from '#kernel';

/** One line of an explanation: what was looked at, what it was, and what it was measured against. */
export interface EvidenceInput {
  code: string;
  label: Text;
  unit: Unit;
  /** Exact value as text; null where there is none. */
  value: string | null;
  operator?: string;
  threshold?: string;
}

/** A line before its value is known. */
export interface InputPlan {
  code: string;
  label: Text;
  unit: Unit;
  /** Where the value comes from: a name of the row, or a parameter of the day. */
  from: 'row' | 'parameter';
  operator?: string;
  /** A written number, or the code of a parameter. */
  against?: { literal: string } | { parameter: string };
}

type Ast = Expression['ast'];

/** What to show for expressions: each name once, with its bound where a condition compares the two directly. */
export function inputPlans(names: Names, expressions: readonly Expression[]): InputPlan[] {
  const plans: InputPlan[] = [];
  const shown = new Set<string>();
  for (const { code, operator, against } of expressions.flatMap(({ ast }) => comparisons(ast))) {
    plans.push({ ...described(names, code), from: 'row', operator, against });
    shown.add(code);
    if ('parameter' in against) shown.add(against.parameter);
  }
  const others = (from: InputPlan['from'], codes: readonly string[]) => {
    for (const code of codes) {
      if (!shown.has(code)) plans.push({ ...described(names, code), from });
      shown.add(code);
    }
  };
  others(
    'row',
    expressions.flatMap((each) => each.names),
  );
  others(
    'parameter',
    expressions.flatMap((each) => each.constants).filter((code) => code !== 'business_date'),
  );
  return plans.filter((plan, index) => plans.findIndex((other) => same(other, plan)) === index);
}

function described(names: Names, code: string): Pick<InputPlan, 'code' | 'label' | 'unit'> {
  const { label, unit } = names[code]!;
  return { code, label, unit };
}

const same = (a: InputPlan, b: InputPlan) => JSON.stringify(a) === JSON.stringify(b);

interface Comparison {
  code: string;
  operator: string;
  against: { literal: string } | { parameter: string };
}

const mirrored: Record<string, string> = { '>': '<', '<': '>', '>=': '<=', '<=': '>=', '=': '=', '!=': '!=' };

/** What is compared with what, wherever and, or, not lead to it. */
function compares(ast: Ast): Extract<Ast, { kind: 'compare' }>[] {
  if (ast.kind === 'and' || ast.kind === 'or') return ast.parts.flatMap(compares);
  if (ast.kind === 'not') return compares(ast.value);
  return ast.kind === 'compare' ? [ast] : [];
}

/** Comparisons of a name with a parameter or a written value. */
function comparisons(ast: Ast): Comparison[] {
  return compares(ast).flatMap(({ left, right, operator }) => {
    const direct = compared(left, right);
    if (direct) return [{ ...direct, operator }];
    const turned = compared(right, left);
    return turned ? [{ ...turned, operator: mirrored[operator]! }] : [];
  });
}

/** How conditions compare something with a parameter, in whatever calculation it stands; undefined where they do not. */
export function operatorBefore(parameter: string, expressions: readonly Expression[]): string | undefined {
  const mentions = (node: Ast): boolean =>
    (node.kind === 'name' && node.source === 'context' && node.entry.key === parameter) ||
    childrenOf(node).some(mentions);
  for (const { left, right, operator } of expressions.flatMap(({ ast }) => compares(ast))) {
    if (mentions(right)) return operator;
    if (mentions(left)) return mirrored[operator];
  }
  return undefined;
}

function compared(left: Ast, right: Ast): Omit<Comparison, 'operator'> | undefined {
  if (left.kind !== 'name' || left.source !== 'row') return undefined;
  if (right.kind === 'name' && right.source === 'context' && right.entry.key !== 'business_date') {
    return { code: left.entry.key, against: { parameter: right.entry.key } };
  }
  if (right.kind === 'literal' && right.value !== null && right.type !== 'date' && right.type !== 'datetime') {
    return { code: left.entry.key, against: { literal: String(right.value) } };
  }
  return undefined;
}

/** A line with everything but a row's value; a parameter's value is its threshold. */
function withThreshold(plan: InputPlan, day: FactsDay): EvidenceInput {
  const { code, label, unit, operator, against } = plan;
  if (plan.from === 'parameter') return { code, label, unit, value: null, threshold: parameterText(day, code) };
  const threshold = against && ('parameter' in against ? parameterText(day, against.parameter) : against.literal);
  return { code, label, unit, value: null, ...(threshold === undefined ? {} : { operator, threshold }) };
}

const parameterText = (day: FactsDay, code: string) => String(day.parameters.get(code) ?? '');

const placeSql = (place: Sql | string): Sql => (typeof place === 'string' ? raw(place) : place);

/** The column expression of a name of the row; of related records how many there are. */
function valueSql(names: Names, code: string): Sql {
  const { sql: column, list } = names[code]!;
  if (list) return sql`(select count(*) from ${placeSql(list.sql!.from)} where ${placeSql(list.sql!.where)})`;
  return typeof column === 'string' ? raw(column) : column!;
}

/** Exact values of the row as one jsonb object of texts: of names, and of expressions under names of their own. */
export function valuesSql(names: Names, codes: readonly string[], more: { code: string; value: Sql }[] = []): Sql {
  const values = [...[...new Set(codes)].map((code) => ({ code, value: valueSql(names, code) })), ...more];
  if (values.length === 0) return raw("'{}'::jsonb");
  const columns = values.map(({ code, value }) => sql`(${value})::text as ${raw(ident(code).sql)}`);
  return sql`(select to_jsonb(v) from (select ${join(columns, ', ')}) v)`;
}

export type Values = Readonly<Record<string, string | null>>;

/** The lines with their values. */
export function evidence(plans: readonly InputPlan[], values: Values, day: FactsDay): EvidenceInput[] {
  return plans.map((plan) => {
    const line = withThreshold(plan, day);
    return plan.from === 'row' ? { ...line, value: exact(values[plan.code] ?? null, plan.unit) } : line;
  });
}

/** A quotient comes with twenty places, most of them noughts. */
function exact(value: string | null, unit: Unit): string | null {
  return value?.includes('.') && (unit === 'percent' || unit === 'number') ? value.replace(/\.?0+$/, '') : value;
}

/** Why a customer is in a tier or has a tag; kept with it. */
export interface Reason {
  /** The business date that was evaluated. */
  asOf: BusinessDate;
  /** Fingerprint of the definition. */
  version: string;
  inputs: EvidenceInput[];
}

/** Short fingerprint of a definition: what an explanation calls its version. */
export function versionOf(definition: unknown): string {
  return hash('sha256', JSON.stringify(definition), 'hex').slice(0, 8);
}

export const textLiteral = (value: string): Sql => raw(`'${value.replaceAll("'", "''")}'`);
