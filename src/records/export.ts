import { type Context, fieldRight, maskedOutput, scopeCondition } from '#access';
import { ident, join, raw, type Sql, sql } from '#database';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf, type Model } from '#metadata';
import { gatheredFields, outputValue, titleOf, type VisibleField, visibleFields } from './columns.ts';
import { type ListQuery, planList } from './list.ts';

/** The fields that a role lets an actor take along in a file, as he sees them. */
export function exportableFields(model: Model, actor: Context['actor'], entity: EntityDefinition): VisibleField[] {
  const own = visibleFields(model, actor, entity).filter(({ field }) => fieldRight(model, actor, entity, field).export);
  return [...own, ...gatheredFields(model, actor, entity, 'export')];
}

/** How a reference is named in a file: as the actor sees the name, masked where he may not take it along. */
function referenceName(ctx: Context, field: FieldDefinition, column: string): string {
  const target = ctx.model.entity(field.ref!);
  const title = fieldOf(target, target.title)!;
  const right = fieldRight(ctx.model, ctx.actor, target, title);
  const name = right.export
    ? titleOf(ctx.model, ctx.actor, target, 'ref')
    : title.mask && right.see !== 'hidden'
      ? maskedOutput(title.mask, `ref.${ident(columnOf(title)).sql}`)
      : 'null::text';
  return `(select ${name} from ${ident(target.code).sql} ref where ref.id = ${column} limit 1)`;
}

/** Whether the names of the rows that a field points at leave as they are. */
export function namesClearly(ctx: Context, field: FieldDefinition): FieldDefinition | undefined {
  if (field.type !== 'ref') return undefined;
  const target = ctx.model.entity(field.ref!);
  const title = fieldOf(target, target.title)!;
  const right = fieldRight(ctx.model, ctx.actor, target, title);
  return right.export && right.see === 'clear' ? title : undefined;
}

/** Where the rows of a question stand, which of them the actor may take along, and in which order. */
async function exportPlan(ctx: Context, entity: EntityDefinition, query: ListQuery) {
  const { from, conditions, keys } = await planList(ctx, entity, { ...query, cursor: undefined }, 'count');
  const where = join([...conditions, scopeCondition(ctx.model, ctx.actor, entity, 't', 'export')], ' and ');
  return { from, where, keys };
}

/** Rows that a list's question finds within the actor's reach for exports; at most `max` + 1 are counted. */
export async function countForExport(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery,
  max: number,
): Promise<number> {
  const { from, where } = await exportPlan(ctx, entity, query);
  const { rows } = await ctx.database.query<{ count: number }>(
    sql`select count(*)::int as count from (select 1 from ${from} where ${where} limit ${max + 1}) counted`,
  );
  return rows[0]!.count;
}

/**
 * The rows themselves, in the list's order, each as one JSON array of the columns; references by their name. The answer goes through
 * `unseal` before it leaves.
 */
export async function exportStatement(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery,
  columns: readonly VisibleField[],
  max: number,
): Promise<Sql> {
  const { from, where, keys } = await exportPlan(ctx, entity, query);
  const values = columns.map((column) =>
    column.field.type === 'ref' && column.view === 'clear'
      ? referenceName(ctx, column.field, `t.${ident(columnOf(column.field)).sql}`)
      : outputValue(ctx.model, ctx.actor, column, 't', ctx.language),
  );
  const order = keys.map((key) => `${key.expression}${key.descending ? ' desc' : ''} nulls last`).join(', ');
  return sql`select json_build_array(${raw(values.join(', '))})::text as row from ${from}
    where ${where} order by ${raw(order)} limit ${max}`;
}
