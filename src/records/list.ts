import {
  type Action,
  type Context,
  fieldRight,
  mayRead,
  reachCondition,
  scopeCondition,
  scopeOf,
  wallCondition,
} from '#access';
import { bigintArray, ident, join, raw, type Sql, sql, sqlState } from '#database';
import { addDays, Failure } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  fieldTypes,
  type ListField,
  SYSTEM_FIELDS,
} from '#metadata';
import { unseal } from '#vault';
import { gatheredFields, selectList, type VisibleField, visibleField } from './columns.ts';
import { kinds } from './failures.ts';
import { type Filter, filterCondition, knownField, parseFilters, searchCondition, valueIn } from './filters.ts';
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

/** A page as JSON text: `{"rows":[…],"next":"…"|null,"prev":"…"|null}`. */
export async function listRows(ctx: Context, entity: EntityDefinition, query: ListQuery): Promise<string> {
  const { rows, count, next, prev } = await readPage(ctx, entity, await planList(ctx, entity, query, 'page'));
  await recordSearch(ctx, entity, query, count);
  const shown = await unseal(ctx.database, rows);
  return `{"rows":[${shown}],"next":${cursorText(next, 'after')},"prev":${cursorText(prev, 'before')}}`;
}

export async function countRows(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery & { exact?: boolean | undefined },
): Promise<{ count: number; capped: boolean }> {
  const { conditions, from } = await planList(ctx, entity, { ...query, cursor: undefined, sort: undefined }, 'count');
  const where = conditions.length > 0 ? join(conditions, ' and ') : sql`true`;
  const inner = query.exact
    ? sql`select 1 from ${from} where ${where}`
    : sql`select 1 from ${from} where ${where} limit ${limits.countMax + 1}`;
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

/** Ids of the rows that a question finds within the actor's reach for an action, at most one more than `max`. */
export async function idsOf(
  ctx: Context,
  entity: EntityDefinition,
  query: Pick<ListQuery, 'filter' | 'q'>,
  action: Action,
  max: number,
): Promise<string[]> {
  const { conditions, from } = await planList(ctx, entity, query, 'count');
  const where = join([...conditions, scopeCondition(ctx.model, ctx.actor, entity, 't', action)], ' and ');
  const { rows } = await limited(() =>
    ctx.database.query<{ id: string }>(
      sql`select t.id::text as id from ${from} where ${where} order by t.id limit ${max + 1}`,
    ),
  );
  return rows.map(({ id }) => id);
}

interface SortKey {
  /** Expression over row `t`. */
  expression: string;
  type: string;
  descending: boolean;
  nullable: boolean;
}

interface ListPlan {
  /** The table as `t`, with what filters and order need joined to it. */
  from: Sql;
  fields: VisibleField[];
  /** Everything but the cursor. */
  conditions: Sql[];
  search: Sql | undefined;
  keys: SortKey[];
  cursor: Cursor | undefined;
  limit: number;
  filters: Filter[];
}

/** A place in the order: the keys of a row, and on which side of it the page lies. */
interface Cursor {
  side: 'after' | 'before';
  keys: (string | null)[];
}

export async function planList(
  ctx: Context,
  entity: EntityDefinition,
  query: ListQuery,
  use: 'page' | 'count',
): Promise<ListPlan> {
  if (!mayRead(ctx.actor, entity)) throw new Failure(kinds.not_found, { entity: entity.label });
  const { model, actor } = ctx;
  let gathered: VisibleField[] | undefined;
  const codes = query.columns ?? entity.list.columns;
  const fields = codes.flatMap((code) => {
    const own = visibleField(model, actor, entity, code);
    if (own) return [own];
    gathered ??= gatheredFields(model, actor, entity);
    const found = gathered.find(({ field }) => field.code === code);
    if (found) return [found];
    if (isKnown(ctx, entity, code)) return [];
    throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, 'columns');
  });
  if (entity.scope === 'customer' && !fields.some(({ field }) => field.code === 'customer')) {
    const customer = visibleField(model, actor, entity, 'customer');
    if (customer) fields.unshift(customer);
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
  const { keys, gathered: sortedBy } = sortKeys(ctx, entity, query.sort ?? defaultSort(ctx, entity));
  return {
    from: joinedTable(entity, [...filters.map(({ gathered }) => gathered), sortedBy]),
    fields,
    conditions,
    search,
    keys,
    cursor: query.cursor ? decodeCursor(query.cursor, keys.length) : undefined,
    limit: Math.min(query.limit ?? limits.rowsDefault, limits.rowsMax),
    filters,
  };
}

const isKnown = (ctx: Context, entity: EntityDefinition, code: string): boolean =>
  fieldOf(entity, code) !== undefined ||
  (SYSTEM_FIELDS as readonly string[]).includes(code) ||
  (ctx.model.listFields?.(ctx.model, entity) ?? []).some(({ field }) => field.code === code);

/** The entity's table as `t` with every join that gathered values need, each once. */
function joinedTable(entity: EntityDefinition, gathered: readonly (ListField | undefined)[]): Sql {
  const joins = new Map(gathered.flatMap((each) => (each?.joined ? [[each.joined.name, each.joined.join('t')]] : [])));
  return raw([`${ident(entity.code).sql} t`, ...joins.values()].join(' '));
}

/**
 * Whether one plan serves a page's filters whatever their values. Facts need the values to leave out months; of several
 * equalities, or of an equality and a unit, only the values tell which is rare and leads to the hits.
 */
function keepsPlan(ctx: Context, entity: EntityDefinition, filters: Filter[]): boolean {
  const equalities = filters.filter(({ operator }) => operator === 'eq').length;
  const own = filters.every(({ gathered }) => !gathered);
  return own && entity.storage === 'record' && equalities <= 1 && !mergedUnits(ctx, entity);
}

/** The units whose lists are merged; undefined where the list is read in one walk. */
function mergedUnits(ctx: Context, entity: EntityDefinition): string[] | undefined {
  const scope = scopeOf(ctx.model, ctx.actor, entity);
  return entity.code === 'customer' && scope.kind === 'units' && scope.unitIds.length <= limits.mergedUnitsMax
    ? scope.unitIds
    : undefined;
}

/** Units as a value of statements, written once for an actor: the head of a bank reaches hundreds. */
const unitArrays = new WeakMap<readonly string[], Buffer>();

function unitArray(ids: readonly string[]): Buffer {
  const array = unitArrays.get(ids) ?? bigintArray(ids);
  unitArrays.set(ids, array);
  return array;
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
      ? sql`(t.branch_id + 0) = any(array(select unnest(${unitArray(scope.unitIds)}::bigint[])))`
      : reachCondition(ctx.model, scope, 't');
  return wall ? [reach, wall] : [reach];
}

/** The entity's own order, or by id where the actor may not see what it sorts by. */
function defaultSort(ctx: Context, entity: EntityDefinition): string {
  const code = entity.list.sort.replace(/^-/, '');
  const own = visibleField(ctx.model, ctx.actor, entity, code);
  const seen = own !== undefined && fieldRight(ctx.model, ctx.actor, entity, own.field).filter;
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

interface Order {
  keys: SortKey[];
  /** What gives the first key when no column of the entity holds it. */
  gathered?: ListField | undefined;
}

function sortKeys(ctx: Context, entity: EntityDefinition, sort: string): Order {
  const descending = sort.startsWith('-');
  const code = sort.replace(/^-/, '');
  const id: SortKey = { expression: 't.id', type: 'bigint', descending, nullable: false };
  if (code === 'id') return { keys: [id] };
  const expression = (name: string) => `t.${ident(name).sql}`;
  if ((SYSTEM_FIELDS as readonly string[]).includes(code) && entity.storage === 'record') {
    return { keys: [{ expression: expression(code), type: 'timestamptz', descending, nullable: false }, id] };
  }
  const { field, gathered } = knownField(ctx.model, ctx.actor, entity, code, 'sort');
  if (!isSortable(entity, field)) throw new Failure(kinds.field_not_sortable, { field: field.label }, 'sort');
  if (gathered) {
    const value: SortKey = {
      expression: valueIn(gathered, 't'),
      type: fieldTypes[field.type].sql(field),
      descending,
      nullable: true,
    };
    return { keys: [value, id], gathered };
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
  return { keys: [key(field, entity.storage !== 'fact'), ...within, id] };
}

/** Types whose order means something to people. A reference would be ordered by its number. */
const ORDERLESS: readonly FieldDefinition['type'][] = ['choices', 'text_list', 'json', 'long_text', 'ref'];

/**
 * May a list be sorted by the field? A sealed one has no order, a fact's rows go by their date. Fields that lead an index are read in
 * order at once; for others all rows that fit are looked through for each page.
 */
export function isSortable(entity: EntityDefinition, field: FieldDefinition): boolean {
  if (sortableFields(entity).includes(field.code)) return true;
  return entity.storage === 'record' && !field.encrypted && !field.derive && !ORDERLESS.includes(field.type);
}

/** Fields that lead an index, so that any page of a list sorted by them is read in order. */
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
  /** How many rows those are. */
  count: number;
  /** Keys of the last row when there are more behind it, and of the first when there are more before it. */
  next: (string | null)[] | null;
  prev: (string | null)[] | null;
}

/**
 * Empty values come last in both directions; they are a region of their own, paged by id. A page before a place is read backwards from
 * it, so the regions are asked in the other order.
 */
async function readPage(ctx: Context, entity: EntityDefinition, plan: ListPlan): Promise<Page> {
  const backwards = plan.cursor?.side === 'before';
  const regions: ('filled' | 'empty')[] = plan.keys[0]!.nullable ? ['filled', 'empty'] : ['filled'];
  if (backwards) regions.reverse();
  const at = plan.cursor && (plan.cursor.keys[0] === null && plan.keys[0]!.nullable ? 'empty' : 'filled');
  const parts: (Region & { name: 'filled' | 'empty' })[] = [];
  let room = plan.limit;
  let more = false;
  for (const name of regions.slice(at ? regions.indexOf(at) : 0)) {
    const cursor = name === at ? plan.cursor!.keys : undefined;
    const region = await readRegion(ctx, entity, plan, { wanted: room, nulls: name === 'empty', cursor, backwards });
    if (region.rows !== null) parts.push({ ...region, name });
    more = region.found > room;
    if (more) break;
    room -= region.found;
  }
  if (backwards) parts.reverse();
  const keysOf = (part: (typeof parts)[number] | undefined, end: 'first' | 'last') => {
    const keys = part?.[end];
    return keys ? (part.name === 'empty' ? [null, ...keys] : keys) : null;
  };
  const last = keysOf(parts.at(-1), 'last');
  const first = keysOf(parts[0], 'first');
  return {
    rows: parts.map(({ rows }) => rows).join(','),
    count: plan.limit - (more ? 0 : room),
    next: backwards || more ? last : null,
    prev: backwards ? (more ? first : null) : plan.cursor ? first : null,
  };
}

interface Region {
  /** The rows in the list's order, as many as asked for; null for none. */
  rows: string | null;
  /** At most one more than asked for. */
  found: number;
  /** Keys of the first and last row in `rows`: of the end at which more may follow when all asked for are there, of the other on a way through pages. */
  first: (string | null)[] | null;
  last: (string | null)[] | null;
}

interface RegionQuestion {
  wanted: number;
  nulls: boolean;
  cursor: (string | null)[] | undefined;
  backwards: boolean;
}

/** The page arrives as one row: fifty rows cost the driver more than PostgreSQL needs to put them together. */
async function readRegion(
  ctx: Context,
  entity: EntityDefinition,
  plan: ListPlan,
  { wanted, nulls, cursor, backwards }: RegionQuestion,
): Promise<Region> {
  const keys = (nulls ? plan.keys.slice(1) : plan.keys).map((key) => ({
    ...key,
    descending: key.descending !== backwards,
  }));
  const first = raw(plan.keys[0]!.expression);
  const conditions = [...plan.conditions];
  if (plan.keys[0]!.nullable) conditions.push(nulls ? sql`${first} is null` : sql`${first} is not null`);
  if (cursor) conditions.push(beyond(keys, nulls ? cursor.slice(1) : cursor));
  const outerOrder = raw(keys.map((_, index) => `p.k${index}${keys[index]!.descending ? ' desc' : ''}`).join(', '));
  const source = pageSource(ctx, entity, plan, conditions, keys, wanted + 1);
  const keyTexts = raw(`array[${keys.map((_, index) => `p.k${index}::text`).join(', ')}]`);
  const columns = selectList(ctx.model, ctx.actor, plan.fields, 'p', [], ctx.language);
  const at = (place: number) => sql`(array_agg(page.keys) filter (where page.place = ${asText(place)}))[1:1]`;
  const turned = raw(backwards ? ' order by page.place desc' : '');
  const statement = sql`select string_agg(page.row, ','${turned}) filter (where page.place <= ${asText(wanted)}) as rows, count(*)::int as found,
      ${at(wanted)} as far, ${plan.cursor ? at(1) : sql`null::text[]`} as near
    from (select (select to_json(x)::text from (select ${columns}) x) as row, ${keyTexts} as keys,
        row_number() over (order by ${outerOrder}) as place
      from (${source}) p order by ${outerOrder}) page`;
  type End = [(string | null)[]] | null;
  const { rows } = await limited(() =>
    ctx.database.query<{ rows: string | null; found: number; far: End; near: End }>(planned('list', statement)),
  );
  const { far, near, ...region } = rows[0]!;
  const [start, end] = backwards ? [far, near] : [near, far];
  return { ...region, first: start?.[0] ?? null, last: end?.[0] ?? null };
}

/** The size of a page is part of the text: with a value for it no kept plan looks good, and PostgreSQL plans every page anew. */
const asText = (size: number) => raw(String(size));

/** The rows of a page in order. Three ways: through the hits of a search, merged per unit, or straight down an index. */
function pageSource(
  ctx: Context,
  entity: EntityDefinition,
  plan: ListPlan,
  conditions: Sql[],
  keys: SortKey[],
  limit: number,
): Sql {
  const { from } = plan;
  const keyColumns = raw(keys.map((key, index) => `${key.expression} as k${index}`).join(', '));
  const order = raw(keys.map((key) => `${key.expression}${key.descending ? ' desc' : ''}`).join(', '));
  const outerOrder = raw(keys.map((key, index) => `k${index}${key.descending ? ' desc' : ''}`).join(', '));
  const where = join(conditions, ' and ');
  if (plan.search) {
    // Without the fence the planner may walk the whole sort index for a rare name.
    return sql`with hits as materialized (select t.*, ${keyColumns} from ${from} where ${where} limit ${limits.searchHitsMax})
        select * from hits order by ${outerOrder} limit ${asText(limit)}`;
  }
  const unitIds = mergedUnits(ctx, entity);
  if (unitIds) {
    const rest = conditions.slice(1);
    // Ids and keys alone are merged; whole rows are fetched for the page only. A branch of the union for each unit, not an
    // array: its plan does not depend on the values and is kept.
    const ofPage = raw(keys.map((_, index) => `page.k${index}`).join(', '));
    const units = unitIds.map((unit) => {
      const inUnit = join([sql`t.branch_id = ${unit}::bigint`, ...rest], ' and ');
      return sql`(select t.id, ${keyColumns} from ${from} where ${inUnit} order by ${order} limit ${asText(limit)})`;
    });
    const table = raw(ident(entity.code).sql);
    return sql`select t.*, ${ofPage} from (select u.* from (${join(units, ' union all ')}) u
        order by ${outerOrder} limit ${asText(limit)}) page join ${table} t on t.id = page.id`;
  }
  return sql`select t.*, ${keyColumns} from ${from} where ${where} order by ${order} limit ${asText(limit)}`;
}

/** Everything beyond a place in the order of the keys: one row comparison, which an index answers at any depth. */
function beyond(keys: SortKey[], values: (string | null)[]): Sql {
  const left = raw(`(${keys.map((key) => key.expression).join(', ')})`);
  const right = join(
    keys.map((key, index) => sql`${values[index]}::${raw(key.type)}`),
    ', ',
  );
  return keys[0]!.descending ? sql`${left} < (${right})` : sql`${left} > (${right})`;
}

/** A place as text for the address: its keys, with a mark in front where the page lies before it. */
function cursorText(keys: (string | null)[] | null, side: Cursor['side']): string {
  if (!keys) return 'null';
  const marked = side === 'before' ? { before: keys } : keys;
  return JSON.stringify(Buffer.from(JSON.stringify(marked)).toString('base64url'));
}

function decodeCursor(cursor: string, length: number): Cursor {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const side = Array.isArray(read) ? 'after' : 'before';
    const keys: unknown = side === 'after' ? read : (read as { before: unknown }).before;
    if (Array.isArray(keys) && keys.length === length && keys.every((key) => key === null || typeof key === 'string'))
      return { side, keys };
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
