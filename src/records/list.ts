import { type Context, fieldRight, mayRead, reachCondition, scopeCondition, scopeOf, wallCondition } from '#access';
import { ident, join, raw, type Sql, sql, sqlState } from '#database';
import { addDays, Failure } from '#kernel';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf, fieldTypes, SYSTEM_FIELDS } from '#metadata';
import { unseal } from '#vault';
import { selectList, type VisibleField, visibleFields } from './columns.ts';
import { kinds } from './failures.ts';
import { type Filter, filterCondition, knownField, parseFilters, searchCondition } from './filters.ts';
import { planned } from './planned.ts';
import { recordSearch } from './search-event.ts';

export interface ListQuery {
  columns?: string[] | undefined;
  filter?: string[] | undefined;
  sort?: string | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

export const limits = {
  rowsDefault: 50,
  rowsMax: 200,
  statementMs: 15_000,
  countMax: 1_000,
  /** Hits of a search that are sorted; more are too many to look through anyway. */
  searchHitsMax: 5_000,
  /** Units up to which a branch's lists are merged from one index walk a unit. */
  mergedUnitsMax: 8,
  /** Facts of all customers reach back so far when no date is asked for. */
  factDays: 31,
};

/** A page as JSON text: `{"rows":[…],"next":"…"|null}`. */
export async function listRows(ctx: Context, entity: EntityDefinition, query: ListQuery): Promise<string> {
  const { rows, count, next } = await readPage(ctx, entity, await planList(ctx, entity, query, 'page'));
  await recordSearch(ctx, entity, query, count);
  return `{"rows":[${await unseal(ctx.database, rows)}],"next":${next ? JSON.stringify(encodeCursor(next)) : 'null'}}`;
}

export async function countRows(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery & { exact?: boolean | undefined },
): Promise<{ count: number; capped: boolean }> {
  const { conditions } = await planList(ctx, entity, { ...query, cursor: undefined, sort: undefined }, 'count');
  const table = raw(ident(entity.code).sql);
  const where = conditions.length > 0 ? join(conditions, ' and ') : sql`true`;
  const inner = query.exact
    ? sql`select 1 from ${table} t where ${where}`
    : sql`select 1 from ${table} t where ${where} limit ${limits.countMax + 1}`;
  const { rows } = await limited(() =>
    ctx.database.query<{ count: string }>(sql`select count(*) as count from (${inner}) counted`),
  );
  const found = Number(rows[0]!.count);
  const capped = !query.exact && found > limits.countMax;
  const count = capped ? limits.countMax : found;
  // A number alone tells whether somebody is a customer.
  await recordSearch(ctx, entity, query, count);
  return { count, capped };
}

interface SortKey {
  /** Expression over row `t`. */
  expression: string;
  type: string;
  descending: boolean;
  nullable: boolean;
}

interface ListPlan {
  fields: VisibleField[];
  /** Everything but the cursor. */
  conditions: Sql[];
  search: Sql | undefined;
  keys: SortKey[];
  cursor: (string | null)[] | undefined;
  limit: number;
  filters: Filter[];
}

export async function planList(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery,
  use: 'page' | 'count',
): Promise<ListPlan> {
  if (!mayRead(ctx.actor, entity)) throw new Failure(kinds.not_found, { entity: entity.label });
  const { model, actor } = ctx;
  const visible = visibleFields(model, actor, entity);
  const codes = query.columns ?? entity.list.columns;
  const fields = codes.flatMap((code) => {
    const found = visible.find(({ field }) => field.code === code);
    if (found) return [found];
    if (fieldOf(entity, code) || (SYSTEM_FIELDS as readonly string[]).includes(code)) return [];
    throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, 'columns');
  });
  if (entity.scope === 'customer' && !fields.some(({ field }) => field.code === 'customer')) {
    fields.unshift(...visible.filter(({ field }) => field.code === 'customer'));
  }
  const filters = await parseFilters(ctx.database, model, actor, entity, query.filter ?? []);
  const isKept = use === 'page' && keepsPlan(ctx, entity, filters);
  const conditions = [
    ...listScope(ctx, entity),
    ...filters.map((filter) => filterCondition(filter, 't', isKept)),
    ...factWindow(ctx, entity, filters),
  ];
  const search = query.q ? searchCondition(model, actor, entity, query.q, 't') : undefined;
  if (search) conditions.push(search);
  const keys = sortKeys(ctx, entity, query.sort ?? defaultSort(ctx, entity));
  return {
    fields,
    conditions,
    search,
    keys,
    cursor: query.cursor ? decodeCursor(query.cursor, keys.length) : undefined,
    limit: Math.min(query.limit ?? limits.rowsDefault, limits.rowsMax),
    filters,
  };
}

/**
 * Whether one plan serves a page's filters whatever their values. Facts need the values to leave out months; of several
 * equalities, or of an equality and a unit, only the values tell which is rare and leads to the hits.
 */
function keepsPlan(ctx: Context, entity: EntityDefinition, filters: Filter[]): boolean {
  const equalities = filters.filter(({ operator }) => operator === 'eq').length;
  return entity.storage === 'record' && equalities <= 1 && !mergedUnits(ctx, entity);
}

/** The units whose lists are merged; undefined where the list is read in one walk. */
function mergedUnits(ctx: Context, entity: EntityDefinition): string[] | undefined {
  const scope = scopeOf(ctx.model, ctx.actor, entity);
  return entity.code === 'customer' && scope.kind === 'units' && scope.unitIds.length <= limits.mergedUnitsMax
    ? scope.unitIds
    : undefined;
}

/**
 * The row scope of a list. A reach of many units hides their column from the planner: it would rather gather and sort all
 * their customers than walk the order's own index, where every few rows one fits.
 */
function listScope(ctx: Context, entity: EntityDefinition): Sql[] {
  const scope = scopeOf(ctx.model, ctx.actor, entity);
  if (entity.code !== 'customer') return [scopeCondition(ctx.model, ctx.actor, entity, 't')];
  const wall = wallCondition(scope, 't');
  const reach =
    scope.kind === 'units' && scope.unitIds.length > limits.mergedUnitsMax
      ? sql`(t.branch_id + 0) = any(array(select unnest(${scope.unitIds}::bigint[])))`
      : reachCondition(ctx.model, scope, 't');
  return wall ? [reach, wall] : [reach];
}

/** The entity's own order, or by id where the actor may not see what it sorts by. */
function defaultSort(ctx: Context, entity: EntityDefinition): string {
  const code = entity.list.sort.replace(/^-/, '');
  const seen = visibleFields(ctx.model, ctx.actor, entity).some(
    ({ field }) => field.code === code && fieldRight(ctx.model, ctx.actor, entity, field).filter,
  );
  return seen || (SYSTEM_FIELDS as readonly string[]).includes(code) ? entity.list.sort : 'id';
}

/** Facts of everybody at once are read over the last days only; one customer's reach back to the beginning. */
function factWindow(ctx: Context, entity: EntityDefinition, filters: Filter[]): Sql[] {
  if (entity.storage !== 'fact') return [];
  if (
    filters.some(
      ({ field, operator }) => (field.code === 'customer' && operator === 'eq') || field.code === 'business_date',
    )
  )
    return [];
  const until = ctx.institution.businessDate;
  return until ? [sql`t.business_date > ${addDays(until, -limits.factDays)}::date`] : [];
}

function sortKeys(ctx: Context, entity: EntityDefinition, sort: string): SortKey[] {
  const descending = sort.startsWith('-');
  const code = sort.replace(/^-/, '');
  const id: SortKey = { expression: 't.id', type: 'bigint', descending, nullable: false };
  if (code === 'id') return [id];
  const expression = (name: string) => `t.${ident(name).sql}`;
  if ((SYSTEM_FIELDS as readonly string[]).includes(code) && entity.storage === 'record') {
    return [{ expression: expression(code), type: 'timestamptz', descending, nullable: false }, id];
  }
  const field = knownField(ctx.model, ctx.actor, entity, code, 'sort');
  const sortable = sortableFields(entity);
  if (!sortable.includes(field.code)) {
    throw new Failure(kinds.field_not_sortable, { field: field.label, fields: sortable.join(', ') }, 'sort');
  }
  const key = (of: FieldDefinition, nullable: boolean): SortKey => ({
    expression: expression(columnOf(of)),
    type: fieldTypes[of.type].sql(of),
    descending,
    nullable,
  });
  // Within one day facts follow the order in which they were booked.
  const sequence = entity.storage === 'fact' ? fieldOf(entity, 'sequence') : undefined;
  const within = sequence
    ? [{ ...key(sequence, false), expression: `coalesce(${expression(columnOf(sequence))}, 0)` }]
    : [];
  return [key(field, entity.storage !== 'fact'), ...within, id];
}

/** Fields that a list may be sorted by: those that lead an index, so that any page is read in order. */
export function sortableFields(entity: EntityDefinition): string[] {
  const leading = entity.indexes.map((parts) => parts[0]!.replace(/^-/, ''));
  // An index that starts with the row scope serves the field after it as well.
  const scoped = entity.indexes.filter((parts) => parts.length > 1).map((parts) => parts[1]!.replace(/^-/, ''));
  const own = entity.storage === 'fact' ? ['business_date'] : [];
  return [...new Set([...own, ...leading, ...scoped])];
}

/** Rows as PostgreSQL wrote them, between commas. */
interface Page {
  rows: string;
  /** Keys of the last row when there are more. */
  /** How many rows those are. */
  count: number;
  next: (string | null)[] | null;
}

async function readPage(ctx: Context, entity: EntityDefinition, plan: ListPlan): Promise<Page> {
  const none: Region = { rows: null, found: 0, last: null };
  const inNulls = plan.cursor?.[0] === null;
  const filled = inNulls ? none : await readRegion(ctx, entity, plan, plan.limit, false, plan.cursor);
  if (filled.found > plan.limit) return { rows: filled.rows ?? '', count: plan.limit, next: filled.last };
  if (!plan.keys[0]!.nullable) return { rows: filled.rows ?? '', count: filled.found, next: null };
  // Empty values come last in both directions; they are a region of their own, paged by id.
  const room = plan.limit - filled.found;
  const empty = await readRegion(ctx, entity, plan, room, true, inNulls ? plan.cursor : undefined);
  const last = empty.last ? [null, ...empty.last] : filled.last;
  return {
    rows: [filled.rows, empty.rows].filter((rows) => rows !== null).join(','),
    count: filled.found + Math.min(empty.found, room),
    next: empty.found > room ? last : null,
  };
}

interface Region {
  /** The first rows, as many as asked for. */
  rows: string | null;
  /** At most one more than asked for. */
  found: number;
  /** Keys of the last row in `rows`, when all rows asked for are there. */
  last: (string | null)[] | null;
}

/** The page arrives as one row: fifty rows cost the driver more than PostgreSQL needs to put them together. */
async function readRegion(
  ctx: Context,
  entity: EntityDefinition,
  plan: ListPlan,
  wanted: number,
  nulls: boolean,
  cursor: (string | null)[] | undefined,
): Promise<Region> {
  const keys = nulls ? plan.keys.slice(1) : plan.keys;
  const first = raw(plan.keys[0]!.expression);
  const conditions = [...plan.conditions];
  if (plan.keys[0]!.nullable) conditions.push(nulls ? sql`${first} is null` : sql`${first} is not null`);
  if (cursor) conditions.push(after(keys, nulls ? cursor.slice(1) : cursor));
  const order = raw(keys.map((key) => `${key.expression}${key.descending ? ' desc' : ''}`).join(', '));
  const outerOrder = raw(keys.map((_, index) => `p.k${index}${keys[index]!.descending ? ' desc' : ''}`).join(', '));
  const keyColumns = raw(keys.map((key, index) => `${key.expression} as k${index}`).join(', '));
  const source = pageSource(ctx, entity, plan, conditions, keyColumns, order, wanted + 1, keys.length);
  const keyTexts = raw(`array[${keys.map((_, index) => `p.k${index}::text`).join(', ')}]`);
  const columns = selectList(ctx.model, ctx.actor, plan.fields, 'p');
  const statement = sql`select string_agg(page.row, ',') filter (where page.place <= ${asText(wanted)}) as rows, count(*)::int as found,
      (array_agg(page.keys) filter (where page.place = ${asText(wanted)}))[1:1] as last
    from (select (select to_json(x)::text from (select ${columns}) x) as row, ${keyTexts} as keys,
        row_number() over (order by ${outerOrder}) as place
      from (${source}) p order by ${outerOrder}) page`;
  const { rows } = await limited(() =>
    ctx.database.query<{ rows: string | null; found: number; last: [(string | null)[]] | null }>(
      planned('list', statement),
    ),
  );
  const { last, ...region } = rows[0]!;
  return { ...region, last: last?.[0] ?? null };
}

/** The size of a page is part of the text: with a value for it no kept plan looks good, and PostgreSQL plans every page anew. */
const asText = (size: number) => raw(String(size));

/** The rows of a page in order. Three ways: through the hits of a search, merged per unit, or straight down an index. */
function pageSource(
  ctx: Context,
  entity: EntityDefinition,
  plan: ListPlan,
  conditions: Sql[],
  keyColumns: Sql,
  order: Sql,
  limit: number,
  keyCount: number,
): Sql {
  const table = raw(ident(entity.code).sql);
  const where = join(conditions, ' and ');
  if (plan.search) {
    // Without the fence the planner may walk the whole sort index for a rare name.
    return sql`select t.*, ${keyColumns} from (
        with hits as materialized (select t.* from ${table} t where ${where} limit ${limits.searchHitsMax})
        select * from hits) t order by ${order} limit ${asText(limit)}`;
  }
  const unitIds = mergedUnits(ctx, entity);
  if (unitIds) {
    const rest = conditions.slice(1);
    // Ids and keys alone are merged; whole rows are fetched for the page only. A branch of the union for each unit, not an
    // array: its plan does not depend on the values and is kept.
    const keys = plan.keys.slice(-keyCount).map((key, index) => `k${index}${key.descending ? ' desc' : ''}`);
    const ofPage = raw(keys.map((_, index) => `page.k${index}`).join(', '));
    const units = unitIds.map((unit) => {
      const inUnit = join([sql`t.branch_id = ${unit}::bigint`, ...rest], ' and ');
      return sql`(select t.id, ${keyColumns} from ${table} t where ${inUnit} order by ${order} limit ${asText(limit)})`;
    });
    return sql`select t.*, ${ofPage} from (select u.* from (${join(units, ' union all ')}) u
        order by ${raw(keys.join(', '))} limit ${asText(limit)}) page join ${table} t on t.id = page.id`;
  }
  return sql`select t.*, ${keyColumns} from ${table} t where ${where} order by ${order} limit ${asText(limit)}`;
}

/** Everything behind the cursor: one row comparison, which an index answers at any depth. */
function after(keys: SortKey[], values: (string | null)[]): Sql {
  const left = raw(`(${keys.map((key) => key.expression).join(', ')})`);
  const right = join(
    keys.map((key, index) => sql`${values[index]}::${raw(key.type)}`),
    ', ',
  );
  return keys[0]!.descending ? sql`${left} < (${right})` : sql`${left} > (${right})`;
}

function encodeCursor(keys: (string | null)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

function decodeCursor(cursor: string, length: number): (string | null)[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(keys) && keys.length === length && keys.every((key) => key === null || typeof key === 'string'))
      return keys;
  } catch {
    // falls through to the refusal
  }
  throw new Failure(kinds.cursor_invalid, {}, 'cursor');
}

const STATEMENT_TIMEOUT = '57014';

/** Turns the statement timeout of the server's pool into advice, and values that do not fit into a refusal. */
async function limited<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (sqlState(error) === STATEMENT_TIMEOUT)
      throw new Failure(kinds.too_slow, { seconds: limits.statementMs / 1000 });
    if (sqlState(error)?.startsWith('22')) throw new Failure(kinds.cursor_invalid, {}, 'cursor');
    throw error;
  }
}
