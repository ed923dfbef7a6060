import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { belongsToCustomer, type Context, fieldView, roles, setRoles } from '#access';
import { type Database, ident, join, raw, sql } from '#database';
import { derivations, type EntityDefinition, type FieldDefinition, fieldOf } from '#metadata';
import { columnValues } from '#records';
import { allRoutes } from '../../src/server/app.ts';
import { projectFolder } from '../../src/server/config.ts';
import { type Bank, fillBank, openServer, type Subject } from '../bank.ts';
import { detect, type Finding, Needles } from '../detectors.ts';
import type { CampaignContext, Prove } from '../harness.ts';
import { questionsBy, questionsOf, questionsOfRoutes, sample, valuesOf } from '../questions.ts';
import type { Random } from '../random.ts';

const RESPONSES = 20_000;
const CUSTOMERS = 40;
const limits = { findingsShown: 4, profiles: 40, valuesAsked: 3, fileBytesMax: 256 * 1_048_576 };

/**
 * Values that exist once are planted in every field that somebody may not see, for every customer. They must turn up in no
 * answer to whom they are hidden, and those of sealed fields nowhere on the disk.
 */
export const prove: Prove = async (ctx, trials) => {
  const bank = await fillBank(ctx.database, ctx.seed, CUSTOMERS);
  const planted = await plant(ctx, bank);
  const reports: string[] = [];
  const server = await openServer(ctx.database, { ...bank, home: ctx.folder, report: (line) => reports.push(line) });
  const hidden = new Map(bank.subjects.map((subject) => [subject, hiddenFrom(bank, subject)]));
  const known = await idsOf(ctx.database);
  // A limit of sixteen gigabytes looks like a mobile number. The file is written without any data.
  const described = readFileSync(path.join(projectFolder, 'golden', 'openapi.json'), 'utf8');
  for (const { text } of detect(described)) known.add(text);
  let responses = 0;
  try {
    const questions = await questionsFor(ctx, bank);
    const shown = new Map<Subject, number>();
    const scan = async (subject: Subject, url: string): Promise<Finding[]> => {
      responses += 1;
      const answer = await server.app.inject({ method: 'GET', url, headers: { cookie: subject.cookie } });
      const text = `${answer.body}\n${JSON.stringify(answer.headers)}`;
      const all = planted.needles.find(text);
      shown.set(subject, (shown.get(subject) ?? 0) + all.length);
      const own = all.filter(
        ({ text: needle }) =>
          hidden.get(subject)!(planted.places.get(needle)!) && !url.includes(encodeURIComponent(needle)),
      );
      // An id may look like anything.
      return [
        ...own,
        ...detect(text).filter(
          (each) => !known.has(each.text) && !url.includes(each.text) && each.kind !== 'credit code',
        ),
      ];
    };
    const scanAll = async (subject: Subject, urls: string[]) => {
      const found: string[] = [];
      for (const url of urls) {
        ctx.signal.throwIfAborted();
        for (const each of await scan(subject, url)) found.push(`${each.kind} ${each.text} in ${url}`);
      }
      return found;
    };
    const perSubject = Math.max(60, Math.round((RESPONSES * ctx.scale) / bank.subjects.length));
    for (const subject of bank.subjects) {
      await trials.trial(`${subject.role.code} sees nothing that is hidden from him`, async () => {
        const found = await scanAll(subject, drawn(questions(subject), perSubject, ctx.random));
        assert.deepEqual(found.slice(0, limits.findingsShown), [], `${found.length} values`);
      });
    }
    await trials.trial('what somebody may see is found with him: the scan sees', () => {
      const manager = bank.subjects.find(({ role }) => role.code === 'rm')!;
      assert.ok((shown.get(manager) ?? 0) > 0, 'no planted value in the answers to their own manager');
    });
    for (const mask of ['phone', 'person_name', 'amount', 'tail4'] as const) {
      await trials.trial(`without the mask ${mask} the scan finds what it showed`, async () => {
        const designer = bank.subjects.find(({ role }) => role.code === 'designer')!;
        const packs = roles(bank.model).get('designer')!;
        setRoles(bank.model, [{ ...packs, fields: [{ mask, see: 'clear' }, ...packs.fields] }]);
        try {
          const found = await scanAll(designer, ['/api/customers?limit=200', '/api/accounts?limit=200']);
          assert.ok(found.length > 0, 'nothing was found although a mask was off');
        } finally {
          setRoles(bank.model, [packs]);
        }
      });
    }
    await proveDisk(ctx, trials, planted, reports);
    return { responses, needles: planted.needles.size, reports: reports.length };
  } finally {
    await server.close();
  }
};

interface Place {
  entity: EntityDefinition;
  field: FieldDefinition;
  customer: string;
}

interface Planted {
  needles: Needles;
  places: Map<string, Place>;
  /** Those that stand sealed. */
  sealed: Needles;
}

/** Fields that get values of their own. */
const PLANTED = [
  'customer.name',
  'customer.legal_representative',
  'customer.phone',
  'customer.id_number',
  'customer.email',
  'customer.address',
  'customer.aum',
  'account.number',
  'account.balance',
  'card.number',
  'loan.number',
  'loan.amount',
  'standing_order.amount',
  'standing_order.counterparty_account',
  'holding.market_value',
  'note.text',
  'interaction.summary',
  'task.reason',
];

/** Letters that stand in no name and no text. */
const rare = (random: Random, count: number) =>
  Array.from({ length: count }, () => String.fromCodePoint(0x3400 + random.below(6_000))).join('');
const digits = (random: Random, count: number) => Array.from({ length: count }, () => random.below(10)).join('');

function unique(field: FieldDefinition, random: Random): string {
  switch (field.type) {
    case 'phone':
      return `1${3 + random.below(7)}${digits(random, 9)}`;
    case 'id_number':
      return residentId(random);
    case 'email':
      return `k${digits(random, 12)}@example.com`;
    case 'money':
      return `${1_000_000 + random.below(8_000_000)}.${10 + random.below(90)}`;
    default:
      if (field.mask === 'tail4') return `62${digits(random, 17)}`;
      return field.mask === 'address' ? `上海市浦东新${rare(random, 8)}` : `王${rare(random, 6)}`;
  }
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** With its right check digit (GB 11643-1999), so that the detector knows it. */
function residentId(random: Random): string {
  const body = `110105${1950 + random.below(50)}0${1 + random.below(9)}1${random.below(10)}${digits(random, 3)}`;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(body[place]), 0);
  return body + '10X98765432'[sum % 11];
}

async function plant(ctx: CampaignContext, { model }: Bank): Promise<Planted> {
  const planted: Planted = { needles: new Needles(), places: new Map(), sealed: new Needles() };
  for (const name of PLANTED) {
    const [entityCode, fieldCode] = name.split('.') as [string, string];
    const entity = model.entity(entityCode);
    const field = fieldOf(entity, fieldCode)!;
    const customer = entity.code === 'customer' ? 'id' : 'customer_id';
    const { rows } = await ctx.database.query<{ id: string; customer: string }>(
      sql`select id::text as id, ${raw(customer)}::text as customer from ${ident(entity.code)} order by id limit 400`,
    );
    await ctx.database.transaction(async (tx) => {
      for (const row of rows) {
        const value = unique(field, ctx.random);
        const values: [FieldDefinition, string][] = [[field, value]];
        for (const other of entity.fields) {
          if (other.derive?.from === field.code) values.push([other, derivations[other.derive.function](value)]);
        }
        const columns = await columnValues(tx, entity, { id: row.id, customerId: row.customer }, values);
        const set = join(columns.map(({ column, type, value: text }) => sql`${ident(column)} = ${text}::${raw(type)}`));
        await tx.query(sql`update ${ident(entity.code)} set ${set} where id = ${row.id}::bigint`);
        planted.needles.add(name, value);
        planted.places.set(value, { entity, field, customer: row.customer });
        if (field.encrypted) planted.sealed.add(name, value);
      }
    });
  }
  // What a rule wrote for both languages stands beside the reason.
  await ctx.database.query(
    "update task set evidence = evidence #- '{text,zh,reason}' #- '{text,en,reason}' where evidence ? 'text'",
  );
  return planted;
}

/** What the packs hide from this person; asked before anything is switched off. */
function hiddenFrom({ model }: Bank, { role, userId, username, reach }: Subject): (place: Place) => boolean {
  const actor: Context['actor'] = {
    userId,
    username,
    name: username,
    roles: [role.code],
    orgUnitId: null,
    orgUnitIds: [],
    posts: [],
    customerIds: [],
    permissions: new Set(role.permissions),
    language: 'zh',
  };
  const views = new Map(
    PLANTED.map((name) => {
      const [entity, field] = name.split('.') as [string, string];
      const definition = model.entity(entity);
      return [name, fieldView(model, actor, definition, fieldOf(definition, field)!)];
    }),
  );
  return ({ entity, field, customer }) =>
    views.get(`${entity.code}.${field.code}`) !== 'clear' || (belongsToCustomer(entity) && !reach.has(customer));
}

async function questionsFor(ctx: CampaignContext, bank: Bank): Promise<(subject: Subject) => string[]> {
  const { model } = bank;
  const samples = await sample(ctx.database, bank);
  const routes = allRoutes(model, ctx.folder);
  const byField: string[] = [];
  for (const entity of model.entities) {
    for (const field of entity.fields) {
      if (field.derive) continue;
      const values = field.encrypted
        ? ['13800000000']
        : await valuesOf(ctx.database, entity, field, limits.valuesAsked);
      byField.push(...questionsBy(entity, field, values));
    }
  }
  const customers = await ctx.database.query<{ id: string }>(
    sql`select id::text as id from customer order by id limit ${limits.profiles}`,
  );
  const everyone = [
    ...questionsOfRoutes(model, routes, samples),
    ...model.entities.flatMap((entity) => questionsOf(entity, samples.ids.get(entity.code) ?? [])),
    ...customers.rows.flatMap(({ id }) => [`/api/customers/${id}/profile`, `/api/customers/${id}`]),
    ...model.entities.map((entity) => `/api/${entity.plural}?limit=200`),
  ];
  const all = [...new Set([...everyone, ...byField].map((url) => url.replace('&cursor', '')))];
  return () => all;
}

/** So many of them, in turn as often as it takes. */
function drawn(urls: string[], count: number, random: Random): string[] {
  const left = [...urls];
  while (left.length > count) left.splice(random.below(left.length), 1);
  while (left.length < count) left.push(random.pick(urls));
  return left;
}

/** Every id there is: 63 bits look like card numbers now and then. */
async function idsOf(db: Database): Promise<Set<string>> {
  const { rows } = await db.query<{ name: string; column: string }>(
    `select c.relname as name, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'bigint'::regtype and a.attnum > 0 and not a.attisdropped`,
  );
  const ids = new Set<string>();
  for (const { name, column } of rows) {
    const found = await db.query<{ id: string }>(
      sql`select distinct ${ident(column)}::text as id from ${ident(name)} where ${ident(column)} > 1000000000`,
    );
    for (const { id } of found.rows) ids.add(id);
  }
  return ids;
}

/** Sealed values stand in clear in no table, file, write-ahead log, home folder or report. */
async function proveDisk(
  ctx: CampaignContext,
  trials: Parameters<Prove>[1],
  { sealed }: Planted,
  reports: string[],
): Promise<void> {
  const check = (what: string, text: string) => {
    const found = sealed.find(text);
    assert.deepEqual(found.slice(0, limits.findingsShown), [], `${found.length} in ${what}`);
  };
  const { rows: tables } = await ctx.database.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition",
  );
  await trials.trial('a dump holds no sealed value in clear', async () => {
    for (const { name } of tables) {
      const { rows } = await ctx.database.query<{ row: string }>(sql`select t::text as row from ${ident(name)} t`);
      check(name, rows.map(({ row }) => row).join('\n'));
    }
  });
  await trials.trial('what the server reports holds no sealed value', () => check('reports', reports.join('\n')));
  await trials.trial('the home folder holds no sealed value', () => scanFolder(ctx.folder, '**/*', check));
  const { rows } = await ctx.database.query<{ folder: string; database: string; local: boolean }>(
    `select current_setting('data_directory') as folder, (select oid::text from pg_database where datname = current_database()) as database,
       coalesce(inet_server_addr() is null or host(inet_server_addr()) in ('127.0.0.1', '::1'), true) as local`,
  );
  const { folder, database, local } = rows[0]!;
  if (!local) {
    trials.skip('database files', 'the database server is another machine');
    return;
  }
  await ctx.database.query('checkpoint');
  await trials.trial('the database files hold no sealed value', () =>
    scanFolder(path.join(folder, 'base', database), '*', check),
  );
  await trials.trial('the write-ahead log holds no sealed value', () =>
    scanFolder(path.join(folder, 'pg_wal'), '*', check),
  );
  await trials.trial('the database log holds no sealed value', () => {
    for (const place of [folder, path.dirname(folder)]) scanFolder(place, '*.log', check);
  });
  await trials.trial('the same scan finds what stands there in clear', () => {
    const names = new Needles();
    names.add('name', 'prove.branch_head');
    const found = files(path.join(folder, 'base', database), '*').some(
      (file) => names.find(readFileSync(file, 'latin1')).length > 0,
    );
    assert.ok(found, 'a username in clear was not found in the database files');
  });
}

function files(folder: string, pattern: string): string[] {
  return globSync(pattern, { cwd: folder })
    .map((name) => path.join(folder, name))
    .filter(
      (file) => statSync(file, { throwIfNoEntry: false })?.isFile() && statSync(file).size <= limits.fileBytesMax,
    );
}

/** Sealed values are ASCII or UTF-8; both readings are looked through. */
function scanFolder(folder: string, pattern: string, check: (what: string, text: string) => void): void {
  for (const file of files(folder, pattern)) {
    const bytes = readFileSync(file);
    check(file, bytes.toString('latin1'));
    if (bytes.length < 32 * 1_048_576) check(file, bytes.toString('utf8'));
  }
}
