import { startEmbedded, temporaryDatabase, testHome } from '#database';
import { systemClock } from '#kernel';
import { dayStatements } from '#rules';
import { openTestVault } from '#vault';
import { allRoutes, buildServer } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import { migrate } from '../src/server/schema.ts';

export interface GoldenFile {
  /** Below `golden/`. */
  name: string;
  content: string;
}

/** Each derives one or more golden files from the program as it stands; the order does not matter. */
export const generators: readonly (() => Promise<GoldenFile[]>)[] = [schema, routes, openApi, businessDay];

/** Every table with its columns, constraints and indexes, as PostgreSQL has them after all migrations. */
async function schema(): Promise<GoldenFile[]> {
  const server = await startEmbedded(testHome, { durable: false, maxConnections: 200 });
  try {
    const db = await temporaryDatabase(server.url);
    try {
      openTestVault(systemClock);
      await migrate(db, packModel());
      const { rows } = await db.query<{ line: string }>(schemaQuery);
      return [{ name: 'schema.txt', content: `${rows.map(({ line }) => line).join('\n')}\n` }];
    } finally {
      await db.close();
    }
  } finally {
    await server.stop();
  }
}

/** Partitions are left out: they come and go with the data. */
const schemaQuery = `
with tables as (
  select c.oid, c.relname, c.relkind from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition),
lines as (
  select relname, 0 as part, 0 as place,
    case relkind when 'p' then 'table ' || relname || ' partition by ' || pg_get_partkeydef(oid) else 'table ' || relname end as line
  from tables
  union all
  select relname, 1, attnum, '  ' || attname || ' ' || format_type(atttypid, atttypmod)
    || case when attnotnull then ' not null' else '' end
    || case attidentity when 'a' then ' generated always as identity' else '' end
    || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
  from tables join pg_attribute a on a.attrelid = tables.oid and attnum > 0 and not attisdropped
    left join pg_attrdef d on d.adrelid = tables.oid and d.adnum = attnum
  union all
  select relname, 2, row_number() over (partition by relname order by conname)::int,
    '  constraint ' || conname || ' ' || pg_get_constraintdef(k.oid)
  from tables join pg_constraint k on k.conrelid = tables.oid and k.contype <> 'n'
  union all
  select relname, 3, row_number() over (partition by relname order by i.indexrelid::regclass::text)::int,
    '  ' || replace(pg_get_indexdef(i.indexrelid), ' ON public.' || relname, ' on')
  from tables join pg_index i on i.indrelid = tables.oid
  where not exists (select from pg_constraint k where k.conindid = i.indexrelid))
select line from lines order by relname collate "C", part, place`;

/** Every route with the permission it asks for. */
async function routes(): Promise<GoldenFile[]> {
  const lines = allRoutes(packModel(), '/home').map((each) => `${each.method} ${each.path} ${each.permission}`);
  return [{ name: 'routes.txt', content: `${lines.sort().join('\n')}\n` }];
}

/** The API description as the server gives it at /api/openapi.json. */
async function openApi(): Promise<GoldenFile[]> {
  const unused = async () => {
    throw new Error('describing the API needs no database');
  };
  const database = {
    query: unused,
    after: unused as never,
    transaction: unused,
    close: unused,
    serverVersion: 18,
    pool: { total: 0, idle: 0, waiting: 0 },
  };
  const server = await buildServer({
    database,
    requests: database,
    model: packModel(),
    clock: systemClock,
    home: '/home',
    webFolder: null,
    secureCookies: false,
    version: '0',
    report: () => {},
  });
  try {
    const answer = await server.inject('/api/openapi.json');
    return [{ name: 'openapi.json', content: `${JSON.stringify(answer.json(), null, 1)}\n` }];
  } finally {
    await server.close();
  }
}

/** What the packs' metrics, tiers, tags and rules become in SQL. */
async function businessDay(): Promise<GoldenFile[]> {
  const content = dayStatements(packModel()).map(({ name, text }) => `-- ${name}\n${text};\n`);
  return [{ name: 'business-day.sql', content: content.join('\n') }];
}
