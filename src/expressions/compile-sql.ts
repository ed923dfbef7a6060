import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { ListNode, NameNode, Node, NodeOf } from './ast.ts';
import { DAY_MS } from './dates.ts';
import { kinds, refusal } from './failures.ts';
import { folded } from './fold.ts';
import { divideSql, wholeSql } from './functions/sql.ts';
import { takenAt } from './functions/usage.ts';
import { isolate } from './isolate.ts';
import { formatNumber, type Num, wholeArgument } from './numbers.ts';
import type { Run } from './run.ts';
import type { CompareOperator } from './syntax.ts';
import type { ExpressionType, Place, Value } from './types.ts';
import { writeDate, writeInstant } from './values.ts';

interface Emitting {
  text: string;
  run: Run;
}

/** The value of an expression in SQL, three-valued as in memory. */
export function sqlOf(text: string, ast: Node, run: Run): Sql {
  return emit({ text, run }, folded(ast, run), false);
}

/** A condition that is true exactly where the expression is true; unknown and false may be swapped. */
export function whereOf(text: string, ast: Node, run: Run): Sql {
  if (ast.type !== 'boolean') throw new Error(`a ${ast.type} expression is no condition`);
  return emit({ text, run }, folded(ast, run), true);
}

/**
 * One operand, complete in its brackets. `truthOnly`: only "true" matters here, so plain `=` may stand where null would
 * otherwise have to become false; it is handed down through and, or, if, and ends at not and at values.
 */
function emit(emitting: Emitting, node: Node, truthOnly: boolean): Sql {
  const value = (child: Node) => emit(emitting, child, false);
  switch (node.kind) {
    case 'literal':
      return literalSql(node.value, node.type);
    case 'name':
      return node.type === 'number' ? sql`${columnSql(emitting, node)}::numeric` : columnSql(emitting, node);
    case 'negate':
      return sql`(- ${value(node.value)})`;
    case 'arithmetic':
      return arithmeticSql(emitting, node);
    case 'compare':
      return compareSql(emitting, node.operator, node.left, node.right, truthOnly);
    case 'in':
      return inSql(emitting, node, truthOnly);
    case 'and':
    case 'or': {
      const parts = node.parts.map((part) => emit(emitting, part, truthOnly));
      return sql`(${join(parts, node.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return sql`(NOT ${value(node.value)})`;
    case 'if': {
      const [consequence, otherwise] = [
        emit(emitting, node.consequence, truthOnly),
        emit(emitting, node.otherwise, truthOnly),
      ];
      return sql`(CASE WHEN ${emit(emitting, node.condition, true)} THEN ${consequence} ELSE ${otherwise} END)`;
    }
    case 'part':
      return partSql(emitting, node);
    case 'call':
      return callSql(emitting, node);
    case 'aggregate':
      return aggregateSql(emitting, node);
    case 'some':
    case 'every':
      return quantifiedSql(emitting, node, truthOnly);
  }
}

// Values and columns

const sqlTypes: Record<ExpressionType, string> = {
  number: 'numeric',
  text: 'text',
  date: 'date',
  datetime: 'timestamptz',
  boolean: 'boolean',
  duration: 'numeric',
  months: 'numeric',
  texts: 'text[]',
  list: 'text',
  null: 'text',
};

/** A value as a typed parameter; durations are seconds. */
function literalSql(value: Value, type: ExpressionType): Sql {
  if (value === null) return raw(`NULL::${sqlTypes[type]}`);
  if (typeof value === 'boolean') return raw(String(value));
  return sql`${parameter(value, type)}::${raw(sqlTypes[type])}`;
}

function parameter(value: Exclude<Value, null>, type: ExpressionType): unknown {
  switch (type) {
    case 'number':
      return formatNumber(value as Num);
    case 'date':
      return writeDate(value as number);
    case 'datetime':
      return writeInstant(value as number);
    case 'duration':
      return String((value as number) / 1_000);
    default:
      return value;
  }
}

function columnSql(emitting: Emitting, node: NameNode): Sql {
  return fragment(emitting, node.entry.sql, node);
}

const plainColumn = /^[\w."]+$/;

function fragment(emitting: Emitting, source: Sql | string | undefined, place: Place): Sql {
  if (source === undefined) throw notInDatabase(emitting, place);
  if (typeof source !== 'string') return sql`(${source})`;
  return raw(plainColumn.test(source) ? source : `(${source})`);
}

function notInDatabase(emitting: Emitting, place: Place) {
  return refusal(kinds.not_in_database, place, { near: emitting.text.slice(place.from, place.to).slice(0, 40) });
}

/** Known never to be null; false when in doubt. */
function isNotNull(node: Node): boolean {
  switch (node.kind) {
    case 'literal':
      return node.value !== null;
    case 'name':
      return node.entry.notNull === true;
    case 'arithmetic':
      return node.operator !== '/' && isNotNull(node.left) && isNotNull(node.right);
    case 'negate':
    case 'part':
      return isNotNull(node.value);
    case 'aggregate':
      return node.aggregate === 'count';
    default:
      return false;
  }
}

// Comparisons

function compareSql(emitting: Emitting, operator: CompareOperator, left: Node, right: Node, truthOnly: boolean): Sql {
  if (isNullLiteral(left) && isNullLiteral(right))
    return raw(operator === '=' ? 'true' : operator === '!=' ? 'false' : 'NULL::boolean');
  const isolated = isolate(operator, left, right);
  const sides = [isolated.left, isolated.right] as const;
  if (isNullLiteral(isolated.right) && !isolated.parted) return nullSql(emitting, isolated.operator, isolated.left);
  const ordered = isolated.operator !== '=' && isolated.operator !== '!=';
  const a = comparand(emitting, sides[0], sides[1], ordered);
  const b = comparand(emitting, sides[1], sides[0], ordered);
  const known = sides.filter(isNotNull).length;
  switch (isolated.operator) {
    case '=':
      // One side that is never null makes plain = false or unknown for a null, which truthOnly cannot tell from false.
      if (known === 2 || (truthOnly && (known === 1 || isolated.parted))) return sql`(${a} = ${b})`;
      return isolated.parted ? sql`coalesce(${a} = ${b}, false)` : sql`(${a} IS NOT DISTINCT FROM ${b})`;
    case '!=':
      if (known === 2) return sql`(${a} <> ${b})`;
      return isolated.parted ? sql`coalesce(${a} <> ${b}, true)` : sql`(${a} IS DISTINCT FROM ${b})`;
    default:
      return sql`(${a} ${raw(isolated.operator)} ${b})`;
  }
}

function isNullLiteral(node: Node): boolean {
  return node.kind === 'literal' && node.value === null;
}

function nullSql(emitting: Emitting, operator: CompareOperator, value: Node): Sql {
  if (operator === '=') return sql`(${emit(emitting, value, false)} IS NULL)`;
  if (operator === '!=') return sql`(${emit(emitting, value, false)} IS NOT NULL)`;
  return raw('NULL::boolean');
}

/** One side of a comparison: a bare column and an integer parameter where possible, because a cast would hide an index. */
function comparand(emitting: Emitting, node: Node, other: Node, ordered: boolean): Sql {
  if (node.type === 'text')
    return ordered ? sql`${emit(emitting, node, false)} COLLATE "C"` : emit(emitting, node, false);
  if (node.kind === 'name') return columnSql(emitting, node);
  const whole =
    node.kind === 'literal' && typeof node.value === 'number' && node.type === 'number' && other.kind === 'name';
  return whole ? sql`${String(node.value)}::bigint` : emit(emitting, node, false);
}

function inSql(emitting: Emitting, node: NodeOf<'in'>, truthOnly: boolean): Sql {
  const { value } = node;
  const written: NodeOf<'literal'>[] = [];
  const tests: Sql[] = [];
  for (const test of node.tests) {
    if (test.kind === 'range') {
      const low = compareSql(emitting, test.lowOpen ? '>' : '>=', value, test.low, truthOnly);
      const high = compareSql(emitting, test.highOpen ? '<' : '<=', value, test.high, truthOnly);
      tests.push(sql`(${low} AND ${high})`);
    } else if (test.operator === '=' && test.value.kind === 'literal' && isListable(test.value))
      written.push(test.value);
    else tests.push(compareSql(emitting, test.operator, value, test.value, truthOnly));
  }
  if (written.length === 1) tests.unshift(compareSql(emitting, '=', value, written[0]!, truthOnly));
  if (written.length > 1) tests.unshift(anySql(emitting, value, written, truthOnly));
  return tests.length === 1 ? tests[0]! : sql`(${join(tests, ' OR ')})`;
}

function isListable(node: NodeOf<'literal'>): boolean {
  return node.value !== null && (node.type === 'text' || node.type === 'number' || node.type === 'date');
}

function anySql(emitting: Emitting, value: Node, written: NodeOf<'literal'>[], truthOnly: boolean): Sql {
  const { type } = value;
  const whole = value.kind === 'name' && written.every(({ value: number }) => typeof number === 'number');
  const arrayType = type === 'number' && whole ? 'bigint' : sqlTypes[type];
  const parameters = written.map((literal) => parameter(literal.value!, type));
  const found = sql`${comparand(emitting, value, written[0]!, false)} = ANY(${parameters}::${raw(arrayType)}[])`;
  return truthOnly || isNotNull(value) ? sql`(${found})` : sql`coalesce(${found}, false)`;
}

// Calculations

function arithmeticSql(emitting: Emitting, node: NodeOf<'arithmetic'>): Sql {
  const left = emit(emitting, node.left, false);
  const operator = raw(node.operator);
  if (node.right.type === 'duration' || node.right.type === 'months') return movedSql(emitting, node, left);
  const right = emit(emitting, node.right, false);
  if (node.type === 'text') return sql`(${left} || ${right})`;
  if (node.type === 'duration') {
    return node.left.type === 'date'
      ? sql`((${left} - ${right})::numeric * 86400)`
      : sql`extract(epoch FROM (${left} - ${right}))`;
  }
  return node.operator === '/' ? divideSql(left, right) : sql`(${left} ${operator} ${right})`;
}

/** A moment plus or minus a written duration. Months of an instant are counted on the local calendar. */
function movedSql(emitting: Emitting, node: NodeOf<'arithmetic'>, moment: Sql): Sql {
  const operator = raw(node.operator);
  const amount = (node.right as NodeOf<'literal'>).value as number;
  if (node.right.type === 'months') {
    const months = sql`make_interval(months => ${String(amount)}::int)`;
    if (node.type === 'date') return sql`(${moment} ${operator} ${months})::date`;
    const zone = sql`${emitting.run.zone}::text`;
    return sql`(((${moment} AT TIME ZONE ${zone}) ${operator} ${months}) AT TIME ZONE ${zone})`;
  }
  if (node.type === 'date') return sql`(${moment} ${operator} ${String(amount / DAY_MS)}::int)`;
  return sql`(${moment} ${operator} make_interval(secs => ${String(amount / 1_000)}::double precision))`;
}

function partSql(emitting: Emitting, node: NodeOf<'part'>): Sql {
  const value = emit(emitting, node.value, false);
  const local = node.value.type === 'datetime' ? sql`(${value} AT TIME ZONE ${emitting.run.zone}::text)` : value;
  return sql`extract(${raw(node.part === 'weekday' ? 'isodow' : node.part)} FROM ${local})`;
}

function callSql(emitting: Emitting, node: NodeOf<'call'>): Sql {
  const { definition } = node;
  if (!definition.sql) throw notInDatabase(emitting, node);
  const values = node.arguments.map((argument, index) =>
    takenAt(definition, index) === 'whole' ? wholeArgumentSql(emitting, argument) : emit(emitting, argument, false),
  );
  return definition.sql(emitting.run.zone, ...values);
}

function wholeArgumentSql(emitting: Emitting, node: Node): Sql {
  if (node.kind !== 'literal') return wholeSql(emit(emitting, node, false));
  const whole = node.value === null ? null : wholeArgument(node.value as Num);
  return whole === null ? raw('NULL::int') : sql`${String(whole)}::int`;
}

// Lists: subqueries tied to the outer row

function rowsSql(emitting: Emitting, { entry, filter, ...place }: ListNode): { from: Sql; where: Sql } {
  const source = entry.list?.sql;
  if (!source) throw notInDatabase(emitting, place);
  const from = typeof source.from === 'string' ? raw(source.from) : source.from;
  const belongs = fragment(emitting, source.where, place);
  return { from, where: filter ? sql`${belongs} AND ${emit(emitting, filter, true)}` : belongs };
}

function aggregateSql(emitting: Emitting, node: NodeOf<'aggregate'>): Sql {
  const { from, where } = rowsSql(emitting, node.list);
  if (node.aggregate === 'count' || !node.field) return sql`(SELECT count(*)::numeric FROM ${from} WHERE ${where})`;
  const field = emit(emitting, node.field, false);
  const value = node.field.type === 'text' ? sql`${field} COLLATE "C"` : field;
  const result =
    node.aggregate === 'mean'
      ? divideSql(sql`sum(${value})`, sql`count(*)::numeric`)
      : sql`${raw(node.aggregate)}(${value})`;
  // SQL passes over nulls; here one unknown value makes the whole unknown.
  const complete = isNotNull(node.field) ? result : sql`CASE WHEN count(*) = count(${value}) THEN ${result} END`;
  return sql`(SELECT ${complete} FROM ${from} WHERE ${where})`;
}

function quantifiedSql(emitting: Emitting, node: NodeOf<'some' | 'every'>, truthOnly: boolean): Sql {
  const { from, where } = rowsSql(emitting, node.list);
  const some = node.kind === 'some';
  const holds = emit(emitting, node.condition, truthOnly && some);
  if (truthOnly) {
    return some
      ? sql`EXISTS (SELECT 1 FROM ${from} WHERE ${where} AND ${holds})`
      : sql`(NOT EXISTS (SELECT 1 FROM ${from} WHERE ${where} AND ${holds} IS NOT TRUE))`;
  }
  const decided = raw(some ? 'bool_or(holds) THEN true' : 'bool_or(NOT holds) THEN false');
  // The inner query keeps a condition that speaks of the outer row only from making this an aggregate of the outer query.
  const found = sql`(SELECT ${holds} AS holds FROM ${from} WHERE ${where}) AS found`;
  return sql`(SELECT CASE WHEN ${decided} WHEN bool_or(holds IS NULL) THEN NULL ELSE ${raw(String(!some))} END FROM ${found})`;
}
