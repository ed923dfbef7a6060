import { type Context, fieldView, maskText, scopeCondition } from '#access';
import type { SeenChange, SeenDetail } from '#audit';
import { ident, type Queryable, raw, sql } from '#database';
import { type EntityDefinition, type FieldDefinition, fieldOf } from '#metadata';
import { titleOf } from './columns.ts';

interface Event {
  action: string;
  entity: string | null;
  detail: Record<string, unknown> | null;
}

/** Free texts of a detail that are the value of a field elsewhere, and are seen as that field is. */
const borrowed: Record<string, { entity: string; field: string }> = {
  note: { entity: 'interaction', field: 'summary' },
  q: { entity: 'customer', field: 'name' },
};

/** What a reader may see of an audit event: the fields' own rights decide about their former values too. */
export async function seenDetail(ctx: Context, db: Queryable, { entity: code, detail }: Event): Promise<SeenDetail> {
  const { before, after, ...rest } = detail ?? {};
  const entity = ctx.model.entities.find((each) => each.code === code);
  // A request for an export names what it is of.
  const searched = entity ?? ctx.model.entities.find((each) => each.code === rest.of);
  const other = Object.entries(rest).map(([key, value]) => [
    key,
    key === 'filter' && searched ? seenFilters(ctx, searched, value) : seenText(ctx, key, value),
  ]);
  if (!entity) {
    const whole = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    return { changes: [], other: { ...whole, ...Object.fromEntries(other) } };
  }
  const [from, to] = [valuesOf(before), valuesOf(after)];
  const changes: SeenChange[] = [];
  for (const field of new Set([...Object.keys(from), ...Object.keys(to)])) {
    changes.push(await seenChange(ctx, db, entity, field, from[field] ?? null, to[field] ?? null));
  }
  return { changes, other: Object.fromEntries(other) };
}

function valuesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function seenText(ctx: Context, key: string, value: unknown): unknown {
  const source = borrowed[key];
  if (!source || typeof value !== 'string') return value;
  const entity = ctx.model.entity(source.entity);
  const field = fieldOf(entity, source.field)!;
  return fieldView(ctx.model, ctx.actor, entity, field) === 'clear' ? value : '****';
}

/** Filters of a search: which field and how is told, the value only to who sees the field clear. */
function seenFilters(ctx: Context, entity: EntityDefinition, filters: unknown): unknown {
  if (!Array.isArray(filters)) return filters;
  return filters.map((filter) => {
    const [code = '', operator = ''] = String(filter).split(':');
    const field = fieldOf(entity, code);
    const isClear = field && fieldView(ctx.model, ctx.actor, entity, field) === 'clear';
    return isClear ? filter : `${code}:${operator}:****`;
  });
}

async function seenChange(
  ctx: Context,
  db: Queryable,
  entity: EntityDefinition,
  code: string,
  before: unknown,
  after: unknown,
): Promise<SeenChange> {
  const field = fieldOf(entity, code);
  // A field that the packs no longer define has nobody's right.
  const view = field ? fieldView(ctx.model, ctx.actor, entity, field) : 'hidden';
  if (!field || view === 'hidden') return { field: code, before: null, after: null, view: 'hidden' };
  const values = [before, after];
  // A sealed field was masked when it was recorded.
  if (view === 'masked' && !field.encrypted) {
    const [from, to] = values.map((value) => (value === null ? null : maskText(field.mask!, String(value))));
    return { field: code, before: from, after: to, view };
  }
  const shown = field.encrypted ? 'masked' : view;
  if (field.type !== 'ref') return { field: code, before, after, view: shown };
  const labels = await labelsOf(ctx, db, field, values);
  const [from, to] = values.map((value) =>
    value === null ? null : { id: String(value), label: labels.get(String(value)) ?? null },
  );
  return { field: code, before: from, after: to, view: shown };
}

async function labelsOf(
  ctx: Context,
  db: Queryable,
  field: FieldDefinition,
  values: readonly unknown[],
): Promise<Map<string, string>> {
  const ids = values.filter((value): value is string => typeof value === 'string' && /^\d{1,19}$/.test(value));
  return ids.length > 0 ? readLabels(ctx, db, ctx.model.entity(field.ref!), ids) : new Map();
}

async function readLabels(
  ctx: Context,
  db: Queryable,
  target: EntityDefinition,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; label: string | null }>(
    sql`select t.id, ${raw(titleOf(ctx.model, ctx.actor, target, 't'))} as label from ${raw(ident(target.code).sql)} t
      where t.id = any(${ids}::bigint[]) and ${scopeCondition(ctx.model, ctx.actor, target, 't')}`,
  );
  return new Map(rows.flatMap(({ id, label }) => (label === null ? [] : [[id, label]])));
}

/** Names of customers by id, as the reader may see them. */
export function customerLabels(ctx: Context, db: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  return readLabels(ctx, db, ctx.model.entity('customer'), ids);
}
