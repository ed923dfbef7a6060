import { belongsToCustomer, type Context, fieldView, grantOf } from '#access';
import { record } from '#audit';
import { type Database, ident, join, raw, type Sql, sql } from '#database';
import type { Route } from '#http';
import { systemActor } from '#kernel';
import { columnOf, derivations, type EntityDefinition, type FieldDefinition } from '#metadata';
import { columnValues } from '#records';
import { allRoutes } from '../../src/server/app.ts';
import { type Bank, databasesOf, fillBank, openServer, type Subject } from '../bank.ts';
import type { CampaignContext, Prove, Trials } from '../harness.ts';
import { anyOther, maskedTwin } from '../other-value.ts';
import { follow, questionsBy, questionsOf, questionsOfRoutes, type Samples, sample, valuesOf } from '../questions.ts';

const CUSTOMERS = 60;
const CUSTOMERS_MIN = 24;
/** Below this scale all hidden fields of a role change together: as strict, but a failure names no field. */
const SCALE_OF_SINGLE_FIELDS = 0.5;

const limits = {
  /** Rows changed of one field; facts have thousands alike. */
  rowsChanged: 120,
  mismatchesShown: 3,
  profiles: 3,
  valuesAsked: 2,
  /** Questions of one trial at scale 1, and at least; of more a part is drawn. */
  questions: 80,
  questionsMin: 20,
};

/**
 * Two worlds that differ only in what somebody may not see must look the same to him: every answer to every question, byte for
 * byte, with its status and headers. Time is not compared.
 */
export const prove: Prove = async (ctx, trials) => {
  const worlds = await openWorlds(ctx);
  try {
    const changes = changesOf(worlds, ctx);
    for (const change of changes) {
      ctx.signal.throwIfAborted();
      await tryChange(ctx, worlds, trials, change);
    }
    return { comparisons: worlds.compared.count, subjects: worlds.bank.subjects.length };
  } finally {
    await worlds.close();
  }
};

interface Worlds {
  bank: Bank;
  samples: Samples;
  routes: Route<Context>[];
  /** As it was made. */
  one: Database;
  /** Where something is changed, and put back. */
  other: Database;
  compared: { count: number };
  /** Asks both worlds; undefined when they say the same, else where they part. */
  ask(subject: Subject, url: string): Promise<string | undefined>;
  close(): Promise<void>;
}

async function openWorlds(ctx: CampaignContext): Promise<Worlds> {
  const databases = await databasesOf(ctx.database, ['one', 'other']);
  const stage = ctx.progress.stage({ zh: '生成两个世界', en: 'making two worlds' });
  await databases.make('one');
  const first = await databases.open('one');
  let bank: Bank;
  let samples: Samples;
  try {
    bank = await fillBank(first, ctx.seed, Math.max(CUSTOMERS_MIN, Math.round(CUSTOMERS * ctx.scale)));
    samples = await sample(first, bank);
  } finally {
    await first.close();
  }
  await databases.make('other', 'one');
  const [one, other] = [await databases.open('one'), await databases.open('other')];
  const servers = [await openServer(one, bank), await openServer(other, bank)];
  stage.end();
  const compared = { count: 0 };
  const ask: Worlds['ask'] = async (subject, url) => {
    let next: string | undefined;
    for (let page = 0; page < (url.endsWith(follow.cursorMark) ? follow.pages : 1); page++) {
      const address = url.replace(follow.cursorMark, next ? `&cursor=${next}` : '');
      const [a, b] = await Promise.all(
        servers.map(({ app }) => app.inject({ method: 'GET', url: address, headers: { cookie: subject.cookie } })),
      );
      compared.count += 1;
      const [left, right] = [spoken(a!), spoken(b!)];
      if (left !== right) return `${address}: ${partingOf(left, right)}`;
      if (a!.statusCode >= 500) return `${address}: ${a!.statusCode}`;
      next = /"next":"([^"]+)"/.exec(a!.body)?.[1];
      if (!next) break;
    }
    return undefined;
  };
  return {
    bank,
    samples,
    one,
    other,
    compared,
    routes: allRoutes(bank.model, '/nonexistent'),
    ask,
    async close() {
      for (const server of servers) await server.close();
      await one.close();
      await other.close();
      await databases.drop();
    },
  };
}

interface Answer {
  statusCode: number;
  headers: Record<string, unknown>;
  body: string;
}

/** The whole answer as one text. The date is the machine's. */
function spoken({ statusCode, headers, body }: Answer): string {
  const heads = Object.entries(headers)
    .filter(([name]) => name !== 'date')
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  // The chain's hash is made of everything, what is not shown included.
  const told = body.replace(/"hash":"[0-9a-f]+"/g, '"hash":""');
  return [statusCode, told, ...heads].join('\n');
}

function partingOf(left: string, right: string): string {
  let at = 0;
  while (left[at] === right[at]) at += 1;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `${around(left)} against ${around(right)}`;
}

/** A difference between the worlds that some people must not notice. */
interface Change {
  name: string;
  hiddenFrom: Subject[];
  /** Makes the difference in the other world; returns texts of both worlds, to ask by. */
  make(): Promise<void>;
  /** Tables that differ then. */
  tables: string[];
  questions(subject: Subject): Promise<string[]>;
}

async function tryChange(ctx: CampaignContext, worlds: Worlds, trials: Trials, change: Change): Promise<void> {
  const most = Math.max(limits.questionsMin, Math.round(limits.questions * ctx.scale));
  if (change.hiddenFrom.length === 0) return;
  await change.make();
  try {
    for (const subject of change.hiddenFrom) {
      await trials.trial(`H2 ${subject.role.code}: ${change.name}`, async () => {
        const mismatches: string[] = [];
        for (const url of drawn([...new Set(await change.questions(subject))], most, subject, ctx)) {
          const mismatch = await worlds.ask(subject, url);
          if (mismatch) mismatches.push(mismatch);
        }
        if (mismatches.length > 0) {
          throw new Error(
            [`${mismatches.length} answers differ`, ...mismatches.slice(0, limits.mismatchesShown)].join('\n  '),
          );
        }
      });
    }
  } finally {
    for (const table of change.tables) await putBack(worlds, table);
  }
}

/** What is put together of many fields is asked always; of the rest so much, by the seed. */
const ALWAYS = /^[^?]*(\/profile|\/day-plan|\/team)/;
const OF_EXPLAINERS = /^[^?]*\/view-as/;

function drawn(questions: string[], most: number, { role }: Subject, ctx: CampaignContext): string[] {
  const explains = role.permissions.includes('access.explain');
  const isAlways = (url: string) => ALWAYS.test(url) || (explains && OF_EXPLAINERS.test(url));
  const left = questions.filter((url) => !isAlways(url));
  while (left.length > most) left.splice(ctx.random.below(left.length), 1);
  return [...questions.filter(isAlways), ...left];
}

/** Makes a table of the other world what it is in the first. */
async function putBack({ one, other }: Worlds, table: string): Promise<void> {
  if (table === 'user') return putPhonesBack({ one, other });
  const { rows } = await one.query<{ rows: string }>(
    sql`select coalesce(json_agg(t), '[]')::text as rows from ${ident(table)} t`,
  );
  await other.transaction(async (tx) => {
    await tx.query(sql`delete from ${ident(table)}`);
    await tx.query(
      sql`insert into ${ident(table)} select * from json_populate_recordset(null::${ident(table)}, ${rows[0]!.rows}::json)`,
    );
  });
}

/** Users stay: with a user his sessions would end. */
async function putPhonesBack({ one, other }: Pick<Worlds, 'one' | 'other'>): Promise<void> {
  const { rows } = await one.query<{ rows: string }>('select json_agg(u)::text as rows from "user" u');
  await other.query(
    sql`update "user" u set phone = was.phone, phone_masked = was.phone_masked, phone_index = was.phone_index, email = was.email
      from json_populate_recordset(null::"user", ${rows[0]!.rows}::json) was where was.id = u.id`,
  );
}

function changesOf(worlds: Worlds, ctx: CampaignContext): Change[] {
  const fields = fieldChanges(worlds, ctx);
  return [
    ...(ctx.scale < SCALE_OF_SINGLE_FIELDS ? together(worlds, fields) : fields),
    ...derivedChanges(worlds),
    ...reachChanges(worlds, ctx),
    // Last: the audit takes nothing back.
    formerValues(worlds, ctx),
  ];
}

/**
 * Each field of each entity, for those who see it masked and for those who do not see it; the fields of an entity together for
 * those who may not read it at all.
 */
function fieldChanges(worlds: Worlds, ctx: CampaignContext): Change[] {
  const { model, subjects } = worlds.bank;
  return model.entities.flatMap((entity) => {
    const fields = entity.fields.filter((field) => !field.derive);
    const reads = (subject: Subject) => mayReadAny(subject, entity);
    const single = fields.flatMap((field) =>
      (['masked', 'hidden'] as const).map((view) => ({
        name: `${entity.code}.${field.code} ${view}`,
        hiddenFrom: subjects.filter((each) => reads(each) && viewOf(worlds, each, entity, field) === view),
        tables: [entity.code],
        make: () => changeField(worlds, ctx, entity, field, view),
        questions: async (subject: Subject) => [
          ...questionsBy(entity, field, await valuesBoth(worlds, entity, field)),
          ...questionsAround(worlds, subject, entity),
        ],
      })),
    );
    // Who explains rights is told who reaches whom: what that depends on is no secret to him.
    const explains = ({ role }: Subject) => role.permissions.includes('access.explain');
    const whole = [false, true].map((explaining) => {
      const secret = explaining ? fields.filter(({ code }) => !DECIDING.has(code)) : fields;
      return {
        name: `every field of ${entity.code}, which he may not read`,
        hiddenFrom: subjects.filter((subject) => !reads(subject) && explains(subject) === explaining),
        tables: [entity.code],
        make: async () => {
          for (const field of secret) await changeField(worlds, ctx, entity, field, 'hidden');
        },
        questions: async (subject: Subject) => [
          ...(
            await Promise.all(
              secret.map(async (field) => questionsBy(entity, field, await valuesBoth(worlds, entity, field))),
            )
          ).flat(),
          ...questionsAround(worlds, subject, entity),
        ],
      };
    });
    return [...single, ...whole];
  });
}

function mayReadAny({ role }: Subject, entity: EntityDefinition): boolean {
  return (grantOf(role, entity).read ?? 'none') !== 'none';
}

const texts = async (db: Database, entity: EntityDefinition, field: FieldDefinition) =>
  field.encrypted ? [] : await valuesOf(db, entity, field, limits.valuesAsked);

async function valuesBoth({ one, other }: Worlds, entity: EntityDefinition, field: FieldDefinition): Promise<string[]> {
  return [...(await texts(one, entity, field)), ...(await texts(other, entity, field))];
}

function viewOf({ bank }: Worlds, subject: Subject, entity: EntityDefinition, field: FieldDefinition) {
  return fieldView(bank.model, actorLike(subject), entity, field);
}

/** The policy asks roles and posts of an actor. */
function actorLike({ role, userId, username }: Subject): Context['actor'] {
  return {
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
}

/** All fields of a role at once. */
function together(worlds: Worlds, fields: Change[]): Change[] {
  return worlds.bank.subjects.map((subject) => {
    const own = fields.filter(({ hiddenFrom }) => hiddenFrom.includes(subject));
    return {
      name: 'every hidden field',
      hiddenFrom: [subject],
      tables: [...new Set(own.flatMap(({ tables }) => tables))],
      make: async () => {
        for (const change of own) await change.make();
      },
      questions: async () => [
        ...(await Promise.all(own.map((change) => change.questions(subject)))).flat(),
        ...questionsOfAll(worlds, subject),
      ],
    };
  });
}

function questionsOfAll(worlds: Worlds, subject: Subject): string[] {
  const { model } = worlds.bank;
  return [
    ...model.entities.flatMap((entity) => questionsOf(entity, worlds.samples.ids.get(entity.code) ?? [])),
    ...questionsOfRoutes(model, worlds.routes, worlds.samples),
    ...profilesOf(worlds, subject),
  ];
}

/** What could tell of a row of the entity: its own lists, those of entities that name it, and everything that is put together. */
function questionsAround(worlds: Worlds, subject: Subject, entity: EntityDefinition): string[] {
  const { model } = worlds.bank;
  const naming = model.entities.filter(
    (other) => other === entity || other.fields.some((field) => field.ref === entity.code),
  );
  const ids = (other: EntityDefinition) => worlds.samples.ids.get(other.code) ?? [];
  return [
    ...naming.flatMap((other) =>
      other === entity ? questionsOf(other, ids(other)) : questionsOf(other, []).slice(0, 2),
    ),
    ...(belongsToCustomer(entity) || entity.code === 'user'
      ? [...profilesOf(worlds, subject), ...questionsOfRoutes(model, worlds.routes, worlds.samples)]
      : []),
  ];
}

/** Whole customers: some within reach, some not. */
function profilesOf(worlds: Worlds, subject: Subject): string[] {
  const within = [...subject.reach].sort().slice(0, limits.profiles);
  return [...within, ...(worlds.samples.ids.get('customer') ?? [])].map((id) => `/api/customers/${id}/profile`);
}

async function changeField(
  { other }: Worlds,
  ctx: CampaignContext,
  entity: EntityDefinition,
  field: FieldDefinition,
  view: 'masked' | 'hidden',
): Promise<void> {
  const references = field.ref ? await idsOf(other, field.ref) : [];
  const customer = entity.scope === 'customer' ? 't.customer_id' : entity.code === 'customer' ? 't.id' : 'null';
  const column = field.encrypted ? `t.${columnOf(field)}_masked` : `t.${columnOf(field)}`;
  const { rows } = await other.query<{ id: string; customer: string | null; value: string | null }>(
    sql`select t.id::text as id, ${raw(customer)}::text as customer, ${raw(column)}::text as value from ${ident(entity.code)} t
      order by md5(t.id::text) limit ${limits.rowsChanged}`,
  );
  await other.transaction(async (tx) => {
    for (const row of rows) {
      const value = field.encrypted ? sealedTwin(field, row.value, ctx) : otherValue(row.value);
      if (value === undefined) continue;
      const values: [FieldDefinition, string | null][] = [[field, value]];
      for (const derived of entity.fields) {
        if (derived.derive?.from !== field.code) continue;
        values.push([derived, value === null ? null : derivations[derived.derive.function](value)]);
      }
      const columns = await columnValues(tx, entity, { id: row.id, customerId: row.customer ?? undefined }, values);
      await tx.query(sql`update ${ident(entity.code)} set ${assignments(columns)} where id = ${row.id}::bigint`);
    }
  });
  function otherValue(value: string | null): string | null | undefined {
    // Facts lie in partitions by month.
    if (entity.storage === 'fact' && field.code === 'business_date')
      return `${value!.slice(0, 8)}${10 + ctx.random.below(18)}`;
    if (view === 'hidden') return anyOther(field, value, ctx.random, references);
    return value === null ? undefined : maskedTwin(field, value, ctx.random);
  }
}

/** The clear value is not read: any value that the masked form fits is another one. */
function sealedTwin(field: FieldDefinition, masked: string | null, ctx: CampaignContext): string | undefined {
  if (masked === null) return undefined;
  if (field.mask === 'phone' || field.mask === 'id_number')
    return masked.replaceAll('*', () => String(ctx.random.below(10)));
  if (field.mask === 'email') return masked.replace('***', () => `x${ctx.random.below(1e6)}`);
  return masked.replace('****', () => `${ctx.random.below(1e6)}号楼`);
}

const assignments = (columns: { column: string; type: string; value: string | null }[]): Sql =>
  join(
    columns.map(({ column, type, value }) => sql`${ident(column)} = ${value}::${raw(type)}`),
    ', ',
  );

async function idsOf(db: Database, table: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(sql`select id::text as id from ${ident(table)} order by 1 limit 20`);
  return rows.map(({ id }) => id);
}

/** Figures that are made of amounts, and texts that tell them, for those who see amounts in bands only or not at all. */
function derivedChanges(worlds: Worlds): Change[] {
  const { model, subjects } = worlds.bank;
  const customer = model.entity('customer');
  const aum = customer.fields.find((field) => field.code === 'aum')!;
  const hiddenFrom = subjects.filter((subject) => viewOf(worlds, subject, customer, aum) !== 'clear');
  const figures: Record<string, string> = {
    aum_daily: `update aum_daily set total = total * 1.37 + 11, parts = '{"deposit":"4711.00"}'`,
    customer_metric: '',
    customer_tag: `update customer_tag set reason = '{"inputs":{"aum":"4711.00"}}'`,
    tier_change: `update tier_change set reason = '{"inputs":{"aum":"4711.00"}}'`,
    customer_aum: 'update customer_aum set total = total + 4711',
    account_balance: 'update account_balance set balance = balance + 4711',
    task: `update task set reason = '现有资产 4,711 元', evidence = jsonb_set(jsonb_set(evidence, '{text,zh,reason}', '"现有资产 4,711 元"'), '{inputs}', '{"aum":"4711.00"}') where rule is not null`,
  };
  return Object.entries(figures).map(([table, statement]) => ({
    name: `figures in ${table}`,
    hiddenFrom,
    tables: [table],
    make: async () => {
      const text = statement || (await metricsStatement(worlds.other));
      await worlds.other.query(text);
    },
    questions: async (subject: Subject) => [
      ...questionsAround(worlds, subject, customer),
      ...questionsAround(worlds, subject, model.entity('task')),
    ],
  }));
}

async function metricsStatement(db: Database): Promise<string> {
  const { rows } = await db.query<{ name: string }>(
    "select attname as name from pg_attribute where attrelid = 'customer_metric'::regclass and atttypid = 'numeric'::regtype and attnum > 0 and not attisdropped",
  );
  return `update customer_metric set ${rows.map(({ name }) => `"${name}" = coalesce("${name}", 0) + 4711`).join(', ')}`;
}

/** What the audit kept of a change: former values are seen as the field is. */
function formerValues({ bank, samples, one, other }: Worlds, ctx: CampaignContext): Change {
  const entity = bank.model.entity('customer');
  const name = entity.fields.find((field) => field.code === 'name')!;
  const id = samples.ids.get('customer')![0]!;
  return {
    name: 'former values in the audit',
    hiddenFrom: bank.subjects.filter(
      (subject) =>
        subject.role.permissions.includes('audit.read') &&
        fieldView(bank.model, actorLike(subject), entity, name) !== 'clear',
    ),
    tables: [],
    make: async () => {
      for (const world of [one, other]) {
        const value = () => maskedTwin(name, '王某某', ctx.random)!;
        const detail = { before: { name: value() }, after: { name: value() } };
        const event = { at: bank.clock(), actor: systemActor, action: 'update', entity: 'customer' } as const;
        await world.transaction((tx) => record(tx, { ...event, recordId: id, customerId: id, detail }));
      }
    },
    questions: async () => {
      const { rows } = await one.query<{ id: string }>(
        `select id::text as id from audit_event where action = 'update' and entity = 'customer' order by id desc limit 1`,
      );
      return [
        '/api/audit-events?entity=customer',
        `/api/audit-events?customer=${id}`,
        '/api/audit-events?action=update',
        `/api/audit-events/${rows[0]!.id}`,
      ];
    },
  };
}

/** Customers out of reach, with everything that belongs to them: other values, and not there at all. */
function reachChanges(worlds: Worlds, ctx: CampaignContext): Change[] {
  const { model, subjects } = worlds.bank;
  const owned = model.entities.filter(belongsToCustomer).filter(({ code }) => code !== 'household');
  return subjects.flatMap((subject) => {
    const around = { hiddenFrom: [subject], questions: async () => questionsOfAll(worlds, subject) };
    return [
      {
        ...around,
        name: 'values of customers out of reach',
        tables: owned.map(({ code }) => code),
        make: async () => {
          for (const entity of owned) await changeBeyond(worlds, ctx, subject, entity);
        },
      },
      {
        ...around,
        name: 'customers out of reach are not there',
        // Explaining rights names the customers whom they are about.
        questions: async () => questionsOfAll(worlds, subject).filter((url) => !url.startsWith('/api/access/')),
        tables: [...owned.map(({ code }) => code), ...FIGURES],
        make: () => removeBeyond(worlds, subject, [...owned.map(({ code }) => code), ...FIGURES]),
      },
    ];
  });
}

const FIGURES = ['aum_daily', 'customer_metric', 'customer_tag', 'tier_change', 'customer_aum', 'account_balance'];

/** Fields that decide who reaches the row stay. */
const DECIDING = new Set([
  'customer',
  'owner',
  'branch',
  'walled',
  'user',
  'assignee',
  'status',
  'role',
  'household',
  'starts_on',
  'ends_on',
  'revoked',
]);

async function changeBeyond(
  worlds: Worlds,
  ctx: CampaignContext,
  subject: Subject,
  entity: EntityDefinition,
): Promise<void> {
  const customer = entity.code === 'customer' ? 'id' : 'customer_id';
  const { rows } = await worlds.other.query<{ id: string; customer: string }>(
    sql`select id::text as id, ${raw(customer)}::text as customer from ${ident(entity.code)} where not (${raw(customer)} = any(${[...subject.reach]}::bigint[]))
      order by id limit ${limits.rowsChanged}`,
  );
  const fields = entity.fields.filter(
    (field) =>
      !DECIDING.has(field.code) &&
      !field.ref &&
      !field.derive &&
      !(entity.storage === 'fact' && field.code === 'business_date'),
  );
  await worlds.other.transaction(async (tx) => {
    for (const row of rows) {
      const values = fields.map((field): [FieldDefinition, string | null] => [
        field,
        anyOther(field, null, ctx.random, []),
      ]);
      const columns = await columnValues(
        tx,
        entity,
        { id: row.id, customerId: row.customer },
        values.filter(([, value]) => value !== null),
      );
      if (columns.length === 0) continue;
      await tx.query(sql`update ${ident(entity.code)} set ${assignments(columns)} where id = ${row.id}::bigint`);
    }
  });
}

async function removeBeyond(worlds: Worlds, subject: Subject, tables: string[]): Promise<void> {
  for (const table of tables) {
    const customer = table === 'customer' ? 'id' : 'customer_id';
    await worlds.other.query(
      sql`delete from ${ident(table)} where not (${raw(customer)} = any(${[...subject.reach]}::bigint[]))`,
    );
  }
}
