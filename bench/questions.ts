import { z } from 'zod';
import { type Context, roles } from '#access';
import { type Database, ident, raw, sql } from '#database';
import type { Route } from '#http';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldTypes, type Model } from '#metadata';
import { sortableFields } from '#records';

// Everything that may be asked of the program by GET, made from its own routes and definitions: a route that is added is asked
// without a line here.

/** Addresses that are served beside the routes of the rooms. */
export const PLAIN_ADDRESSES = ['/healthz', '/api/openapi.json', '/api/docs/json', '/api/unknown', '/unknown'];

const limits = { ids: 3, pagesFollowed: 3, pageRows: 7, rowsMax: 200 };

/** What stands in the database, for questions to name. */
export interface Samples {
  /** Ids by table, a few each. */
  ids: Map<string, string[]>;
  dates: string[];
  words: string[];
  roles: string[];
}

export async function sample(
  database: Database,
  { model, until, subjects }: { model: Model; until: string; subjects: readonly { userId: string }[] },
): Promise<Samples> {
  const { rows } = await database.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  const ids = new Map<string, string[]>();
  for (const { name } of rows) {
    const found = await database.query<{ id: string }>(
      sql`select id::text as id from ${ident(name)} order by md5(id::text) limit ${limits.ids}`,
    );
    ids.set(
      name,
      found.rows.map(({ id }) => id),
    );
  }
  // People whose rights differ most.
  ids.set(
    'user',
    [subjects[0], subjects.at(-1), subjects[3]].flatMap((subject) => subject?.userId ?? []),
  );
  return {
    ids,
    dates: [until, '2026-01-01'],
    words: ['王', 'wang', 'w', '1234'],
    roles: [...roles(model).keys()].slice(0, limits.ids),
  };
}

const listCode = (entity: EntityDefinition) => `/api/${entity.plural}`;
const allColumns = (entity: EntityDefinition) =>
  entity.fields.filter((field) => !field.derive).map((field) => field.code);

/** Lists, orders, counts and single rows of one entity. Addresses that end in `&cursor` are followed page by page. */
export function questionsOf(entity: EntityDefinition, ids: readonly string[]): string[] {
  const list = listCode(entity);
  const columns = `columns=${allColumns(entity).join(',')}`;
  const sorts = ['id', 'created_at', 'updated_at', ...sortableFields(entity)];
  return [
    list,
    `${list}?${columns}&limit=${limits.rowsMax}`,
    ...sorts.flatMap((sort) => [
      `${list}?sort=${sort}&limit=${limits.pageRows}&cursor`,
      `${list}?sort=-${sort}&limit=${limits.pageRows}&cursor`,
    ]),
    `${list}/count`,
    `${list}/count?exact=true`,
    ...ids.map((id) => `${list}/${id}`),
  ];
}

/** Everything that can be asked by a field: order, filters with each operator, the search box, the column alone. */
export function questionsBy(entity: EntityDefinition, field: FieldDefinition, values: readonly string[]): string[] {
  const list = listCode(entity);
  const used = values.length > 0 ? values : ['1'];
  const filters = fieldTypes[field.type].operators.flatMap((operator) => {
    if (operator === 'is_null' || operator === 'not_null') return [`${field.code}:${operator}`];
    if (operator === 'between') return [`${field.code}:between:${used[0]},${used.at(-1)}`];
    if (operator === 'in') return [`${field.code}:in:${used.join(',')}`];
    if (operator === 'prefix') return used.map((value) => `${field.code}:prefix:${[...value].slice(0, 3).join('')}`);
    if (operator === 'contains')
      return used.map((value) => `${field.code}:contains:${[...value].slice(1, 3).join('')}`);
    return used.map((value) => `${field.code}:${operator}:${value}`);
  });
  const searches = used.flatMap((value) => {
    const letters = [...value];
    return [
      value.slice(0, 60),
      letters.slice(-4).join(''),
      letters.slice(-3).join(''),
      letters.slice(0, 3).join(''),
      letters.slice(1, 3).join(''),
    ];
  });
  const derived = entity.fields.filter((other) => other.derive?.from === field.code);
  return [
    ...[field, ...derived].flatMap(({ code }) => [
      `${list}?sort=${code}`,
      `${list}?sort=-${code}&limit=${limits.pageRows}&cursor`,
      `${list}?columns=${code}`,
    ]),
    ...filters.flatMap((filter) => [
      `${list}?filter=${encodeURIComponent(filter)}`,
      `${list}/count?filter=${encodeURIComponent(filter)}`,
    ]),
    ...derived.map(({ code }) => `${list}?filter=${encodeURIComponent(`${code}:prefix:wang`)}`),
    ...[...new Set(searches)]
      .filter(Boolean)
      .flatMap((text) => [
        `${list}?q=${encodeURIComponent(text)}`,
        `${list}/count?q=${encodeURIComponent(text)}`,
        `/api/search?q=${encodeURIComponent(text)}`,
      ]),
  ];
}

/** Questions to every other GET route: each parameter of the query once with each kind of value. */
export function questionsOfRoutes(model: Model, routes: readonly Route<Context>[], samples: Samples): string[] {
  const own = new Set(
    model.entities.flatMap((entity) => [listCode(entity), `${listCode(entity)}/count`, `${listCode(entity)}/:id`]),
  );
  return routes
    .filter((route) => route.method === 'GET' && !own.has(route.path))
    .flatMap((route) =>
      addresses(model, route, samples).flatMap((address) => [
        address,
        ...queries(route, samples).map((query) => `${address}?${query}`),
      ]),
    )
    .concat(PLAIN_ADDRESSES);
}

/** The address of a route with its parts filled in from what there is. */
export function addresses(model: Model, route: Pick<Route<Context>, 'path'>, samples: Samples): string[] {
  let found = [route.path];
  const segments = route.path.split('/');
  segments.forEach((segment, index) => {
    if (!segment.startsWith(':')) return;
    const values = valuesFor(model, segment.slice(1), segments[index - 1]!, samples);
    found = found.flatMap((path) => values.map((value) => path.replace(segment, encodeURIComponent(value))));
  });
  return found;
}

function valuesFor(model: Model, name: string, noun: string, samples: Samples): string[] {
  if (name === 'date') return samples.dates;
  if (/user/i.test(name)) return samples.ids.get('user') ?? [];
  if (noun === 'roles') return samples.roles;
  const table = model.byPlural(noun)?.code ?? noun.replaceAll('-', '_').replace(/ies$/, 'y').replace(/s$/, '');
  const ids = samples.ids.get(table);
  if (ids && ids.length > 0) return ids;
  return name === 'id' ? ['1'] : ['a1'];
}

interface Schema {
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  type?: string | string[];
  required?: string[];
}

/** Queries of a route: what it needs, and besides each parameter by itself with each of its values. */
export function queries(route: Pick<Route<Context>, 'query'>, samples: Samples): string[] {
  if (!route.query) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(route.query, {
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  const valuesBy = new Map(
    Object.entries(properties).map(([name, schema]) => [name, valuesOfParameter(name, schema, samples)]),
  );
  const needed = required.map((name): [string, string] => [name, valuesBy.get(name)?.[0] ?? 'a']);
  return [
    ...new Set(
      [...valuesBy].flatMap(([name, values]) =>
        values.map((value) =>
          new URLSearchParams([...needed.filter(([other]) => other !== name), [name, value]]).toString(),
        ),
      ),
    ),
  ];
}

function valuesOfParameter(name: string, schema: Schema, samples: Samples): string[] {
  const kinds = schema.anyOf ?? [schema];
  return [
    ...new Set(
      kinds.flatMap((kind) => {
        if (kind.const !== undefined) return [String(kind.const)];
        if (kind.enum) return kind.enum.map(String);
        if (kind.type === 'boolean') return ['true', 'false'];
        if (kind.type === 'integer' || kind.type === 'number') return ['1', '20'];
        if (name === 'entity') return ['customer', 'account', 'task'];
        if (name === 'field') return ['phone', 'aum', 'name'];
        if (name === 'week') return ['2026-W47', '2026-W46'];
        if (/^columns/.test(name)) return ['name,aum'];
        if (name === 'role') return samples.roles;
        if (/customer|record/.test(name)) return samples.ids.get('customer') ?? [];
        if (/user|actor|assignee|owner/.test(name)) return samples.ids.get('user') ?? [];
        if (/^(from|to|on|at|date|since|until|before|after)$/.test(name)) return samples.dates;
        return samples.words;
      }),
    ),
  ];
}

/** Texts of a column, for questions that name them. */
export async function valuesOf(
  database: Database,
  entity: EntityDefinition,
  field: FieldDefinition,
  count: number,
): Promise<string[]> {
  const column = raw(ident(columnOf(field)).sql);
  const { rows } = await database.query<{ value: string }>(
    sql`select distinct ${column}::text as value from ${ident(entity.code)} where ${column} is not null order by 1 limit ${count}`,
  );
  return rows.map(({ value }) => value);
}

export const follow = { cursorMark: '&cursor', pages: limits.pagesFollowed };
