import { type Context, readInstitution, scopeCondition } from '#access';
import { record } from '#audit';
import { type Database, ident, join, type Queryable, raw, type Sql, sql, type Transaction } from '#database';
import { actorOfUser } from '#identity';
import type { JobContext, JobHandler } from '#jobs';
import { type Actor, type Clock, Failure, systemActor } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  encryptedFields,
  type FieldDefinition,
  fieldOf,
  type Model,
  newId,
} from '#metadata';
import { columnValues, holdWatermark, noteChanges, readSealedFields, tellChanges } from '#records';
import { type MovedTag, moveHandTags, refresh, returnHandTags, showHandTags } from '#rules';
import { fillable, MERGE_JOB } from './cases.ts';
import { kinds } from './failures.ts';

export const mergeLimits = {
  /** Days after which a merge stays. */
  undoDays: 30,
  listed: 100,
};

/** Tables beside the entities that tell what happened to a customer: his rows go with him. */
const HISTORY = ['reveal', 'membership_change', 'notification', 'outbox'];
/** What stays where it is: the record of what was done, keys, and the merge's own. */
const KEPT = [
  'audit_event',
  'customer_salt',
  'customer_merge',
  'customer_merge_row',
  'identity_case',
  'customer_identity',
  'batch_undo',
  'customer_change',
];

export interface MergeInput {
  survivor: string;
  other: string;
  maker: string | null;
  checker: Pick<Actor, 'userId' | 'username'>;
}

/**
 * Takes one customer up in another, in one transaction: everything that belongs to him gets the other's key, set by set; empty fields of
 * the survivor are filled, sealed ones sealed anew under his salt; numbers of other systems lead to the survivor. The merged
 * customer's row stays until what is computed of both is true again, without anything of his; `finishMerge` then takes it away.
 * Returns the id of the merge.
 */
export async function mergeCustomers(tx: Transaction, model: Model, clock: Clock, input: MergeInput): Promise<string> {
  const { survivor, other } = input;
  const at = clock();
  await holdWatermark(tx);
  const rows = await lockBoth(tx, survivor, other);
  const id = newId(clock);
  const counts: Record<string, number> = {};
  for (const entity of model.entities.filter((each) => each.scope === 'customer')) {
    counts[entity.code] = await moveRows(tx, entity, { id, survivor, other, at });
  }
  await movePointers(tx, model, survivor, other);
  await moveHistory(tx, survivor, other);
  const tags = await moveHandTags(tx, other, survivor);
  const filled = await fillEmpty(tx, model, survivor, other, at);
  const kept = await leadNumbers(tx, clock, survivor, other);
  const { rows: after } = await tx.query<{ version: number }>('select version from customer where id = $1', [survivor]);
  await tx.query(
    `insert into customer_merge (customer_id, id, other_id, other_number, other_row, filled, version, counts, kept, maker_id, checker_id, merged_at, tags)
      select $1, $2, c.id, c.number, to_jsonb(c), $4, $5, $6, $7, $8, $9, $10, $11 from customer c where c.id = $3`,
    [
      survivor,
      id,
      other,
      filled,
      after[0]!.version,
      JSON.stringify(counts),
      JSON.stringify(kept),
      input.maker,
      input.checker.userId,
      at.toISOString(),
      JSON.stringify(tags),
    ],
  );
  for (const [customerId, otherId] of [
    [survivor, other],
    [other, survivor],
  ] as const) {
    await record(tx, {
      at,
      actor: input.checker,
      action: 'update',
      entity: 'customer',
      recordId: customerId,
      customerId,
      detail: {
        merge: id,
        into: survivor,
        from: other,
        with: otherId,
        maker: input.maker,
        moved: counts,
        filled,
        numbers: [rows.get(survivor)!.number, rows.get(other)!.number],
      },
    });
  }
  await noteChanges(
    tx,
    [survivor, other].map((customerId) => ({ customerId, entity: 'customer', date: null })),
  );
  await tellChanges(tx);
  return id;
}

interface LockedRow {
  id: string;
  kind: string;
  number: string | null;
  erased_on: string | null;
  walled: boolean | null;
}

async function lockBoth(tx: Transaction, survivor: string, other: string): Promise<Map<string, LockedRow>> {
  const { rows } = await tx.query<LockedRow>(
    'select id, kind, number, erased_on::text, walled from customer where id = any($1::bigint[]) order by id for update',
    [[survivor, other]],
  );
  if (rows.length < 2) throw new Failure(kinds.not_found);
  if (rows.some((row) => row.erased_on !== null)) throw new Failure(kinds.merge_erased);
  if (rows.some((row) => row.walled)) throw new Failure(kinds.merge_walled);
  if (rows[0]!.kind !== rows[1]!.kind) throw new Failure(kinds.merge_kinds);
  return new Map(rows.map((row) => [row.id, row]));
}

interface Move {
  id: string;
  survivor: string;
  other: string;
  at: Date;
}

/** All rows of one entity; which they are is kept for the way back. */
async function moveRows(tx: Transaction, entity: EntityDefinition, { id, survivor, other, at }: Move): Promise<number> {
  const table = raw(ident(entity.code).sql);
  const isFact = entity.storage === 'fact';
  const sealed = encryptedFields(entity);
  const opened = sealed.length > 0 ? await openAll(tx, entity, sealed, other) : [];
  const set = isFact
    ? sql``
    : sql`, version = version + 1, updated_at = ${at.toISOString()}::timestamptz, updated_by = null`;
  const { rows } = await tx.query<{ count: number }>(
    sql`with moved as (update ${table} set customer_id = ${survivor}::bigint${set} where customer_id = ${other}::bigint
          returning id, ${raw(isFact ? 'business_date, null::integer as version' : 'null::date as business_date, version')}),
        kept as (insert into customer_merge_row (customer_id, merge_id, entity, business_date, id, version)
          select ${survivor}::bigint, ${id}::bigint, ${entity.code}, business_date, id, version from moved),
        noted as (insert into customer_change (customer_id, entity, business_date)
          select distinct c.id, ${entity.code}, coalesce(m.business_date, '-infinity') from moved m, unnest(${[survivor, other]}::bigint[]) c(id)
          on conflict do nothing)
      select count(*)::int as count from moved`,
  );
  await sealAll(tx, entity, opened, survivor);
  return rows[0]!.count;
}

type Opened = { id: string; values: Map<FieldDefinition, string | null> };

async function openAll(
  tx: Transaction,
  entity: EntityDefinition,
  sealed: FieldDefinition[],
  owner: string,
): Promise<Opened[]> {
  const { rows } = await tx.query<{ id: string }>(
    sql`select id from ${raw(ident(entity.code).sql)} where customer_id = ${owner}::bigint`,
  );
  const opened: Opened[] = [];
  for (const { id } of rows) {
    const clear = await readSealedFields(tx, entity, sealed, id);
    opened.push({ id, values: new Map(sealed.map((field) => [field, clear[field.code] ?? null])) });
  }
  return opened;
}

/** Sealed values are bound to the salt of their customer. */
async function sealAll(
  tx: Transaction,
  entity: EntityDefinition,
  opened: readonly Opened[],
  owner: string,
): Promise<void> {
  for (const { id, values } of opened) {
    const columns = await columnValues(tx, entity, { id, customerId: owner }, values);
    await tx.query(
      `update ${ident(entity.code).sql} set ${columns.map(({ column }, at) => `${ident(column).sql} = $${at + 3}`).join(', ')} where customer_id = $1 and id = $2`,
      [owner, id, ...columns.map(({ value }) => value)],
    );
  }
}

/** References to the customer from rows that are not his own. */
async function movePointers(tx: Transaction, model: Model, survivor: string, other: string): Promise<void> {
  for (const entity of model.entities) {
    for (const field of entity.fields) {
      if (field.ref !== 'customer' || (entity.scope === 'customer' && field.code === 'customer')) continue;
      const column = ident(columnOf(field)).sql;
      await tx.query(`update ${ident(entity.code).sql} set ${column} = $1 where ${column} = $2`, [survivor, other]);
    }
  }
}

async function moveHistory(tx: Transaction, survivor: string, other: string): Promise<void> {
  for (const table of await tablesOfCustomers(tx)) {
    if (HISTORY.includes(table)) {
      await tx.query(`update ${ident(table).sql} set customer_id = $1 where customer_id = $2`, [survivor, other]);
    }
  }
}

async function tablesOfCustomers(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  );
  return rows.map(({ name }) => name);
}

/** What the survivor lacks and the other has; returns the codes. */
async function fillEmpty(tx: Transaction, model: Model, survivor: string, other: string, at: Date): Promise<string[]> {
  const customer = model.entity('customer');
  const fields = fillable(model);
  const plain = fields.filter((field) => !field.encrypted);
  const sealed = fields.filter((field) => field.encrypted);
  const list = plain.map((field) => `${ident(columnOf(field)).sql}::text as ${ident(field.code).sql}`).join(', ');
  const { rows } = await tx.query<Record<string, string | null> & { id: string }>(
    `select id, ${list} from customer where id = any($1::bigint[])`,
    [[survivor, other]],
  );
  const mine = {
    ...rows.find((row) => row.id === survivor)!,
    ...(await readSealedFields(tx, customer, sealed, survivor)),
  };
  const theirs = { ...rows.find((row) => row.id === other)!, ...(await readSealedFields(tx, customer, sealed, other)) };
  const values = new Map(
    fields
      .filter(({ code }) => (mine[code] ?? null) === null && (theirs[code] ?? null) !== null)
      .map((field) => [field, theirs[field.code]!]),
  );
  if (values.size > 0) {
    const columns = await columnValues(tx, customer, { id: survivor, customerId: survivor }, values);
    await tx.query(
      `update customer set ${columns.map(({ column, type }, index) => `${ident(column).sql} = $${index + 3}::${type}`).join(', ')},
        version = version + 1, updated_at = $2, updated_by = null where id = $1`,
      [survivor, at.toISOString(), ...columns.map(({ value }) => value)],
    );
  }
  return [...values.keys()].map(({ code }) => code);
}

/** Numbers that led to the other lead to the survivor; returns them, for the way back. */
async function leadNumbers(tx: Transaction, clock: Clock, survivor: string, other: string): Promise<unknown> {
  const { rows } = await tx.query<{ system: string; external_id: string }>(
    'update customer_identity set customer_id = $1 where customer_id = $2 returning system, external_id',
    [survivor, other],
  );
  await tx.query(
    `insert into customer_identity (system, external_id, customer_id, rule, since)
      select c.source, c.source_key, $1, 'merge', $3 from customer c where c.id = $2 and c.source is not null and c.source_key is not null
      on conflict (system, external_id) do update set customer_id = excluded.customer_id`,
    [survivor, other, clock().toISOString()],
  );
  // Who was merged into the other before is in the survivor now.
  await tx.query('update customer_merge set customer_id = $1 where customer_id = $2', [survivor, other]);
  await tx.query('update customer_merge_row set customer_id = $1 where customer_id = $2', [survivor, other]);
  return rows;
}

/** Takes away the row of a merged customer and what was computed of him, once nothing of his is counted any more. */
export async function finishMerge(tx: Transaction, model: Model, other: string): Promise<void> {
  const entities = new Set(model.entities.map(({ code }) => code));
  for (const table of await tablesOfCustomers(tx)) {
    if (entities.has(table) || KEPT.includes(table)) continue;
    await tx.query(`delete from ${ident(table).sql} where customer_id = $1`, [other]);
  }
  await tx.query("delete from identity_case where (customer_id = $1 or other_id = $1) and state <> 'merged'", [other]);
  await tx.query('delete from customer where id = $1', [other]);
}

/** The work of an approved merge: moves, makes the numbers true, takes the empty row away. Done again from wherever it was ended. */
export function mergeHandler(model: Model): JobHandler {
  const handler: JobHandler<{ case: string }> = {
    kind: MERGE_JOB,
    label: { zh: '合并客户', en: 'Merge customers' },
    run: (ctx, { case: id }) => runMerge(ctx, model, id),
  };
  return handler as JobHandler;
}

interface CaseRow {
  customer_id: string;
  other_id: string;
  state: string;
  proposal: { survivor: string };
  maker_id: string | null;
  checker_id: string | null;
}

async function runMerge({ database, clock }: JobContext, model: Model, id: string): Promise<unknown> {
  const { rows } = await database.query<CaseRow>(
    'select customer_id, other_id, state, proposal, maker_id, checker_id from identity_case where id = $1',
    [id],
  );
  const row = rows[0];
  if (!row || (row.state !== 'approved' && row.state !== 'merged')) return { skipped: true };
  const { survivor } = row.proposal;
  const other = row.customer_id === survivor ? row.other_id : row.customer_id;
  const checker = row.checker_id === null ? null : await actorOfUser(database, model, clock(), row.checker_id);
  try {
    if (row.state === 'approved') {
      await database.transaction(
        async (tx) => {
          await mergeCustomers(tx, model, clock, {
            survivor,
            other,
            maker: row.maker_id,
            checker: checker ?? systemActor,
          });
          await tx.query("update identity_case set state = 'merged', error = null where id = $1", [id]);
        },
        { statementTimeoutMs: 0 },
      );
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await database.query("update identity_case set state = 'failed', error = $2 where id = $1", [
      id,
      JSON.stringify({ zh: error.text('zh'), en: error.text('en') }),
    ]);
    throw error;
  }
  await makeTrue(database, model, clock);
  await database.transaction((tx) => finishMerge(tx, model, other), { statementTimeoutMs: 0 });
  return { survivor, other };
}

async function makeTrue(database: Database, model: Model, clock: Clock): Promise<void> {
  await refresh({ database, model, clock, actor: systemActor, institution: await readInstitution(database) });
}

export interface Merge {
  id: string;
  survivor: { id: string; label: string | null };
  otherNumber: string | null;
  mergedAt: string;
  maker: string | null;
  checker: string | null;
  undoneAt: string | null;
  /** Until when it may be undone. */
  undoUntil: string;
}

/** Merges within the reader's reach, newest first; of one customer where one is named. */
export async function listMerges(ctx: Context, customerId?: string): Promise<Merge[]> {
  const { model, actor } = ctx;
  const customer = model.entity('customer');
  const { rows } = await ctx.database.query<Merge>(
    sql`select m.id::text, json_build_object('id', c.id::text, 'label', c.number) as survivor, m.other_number as "otherNumber", m.merged_at::text as "mergedAt",
        (select name from "user" u where u.id = m.maker_id) as maker, (select name from "user" u where u.id = m.checker_id) as checker,
        m.undone_at::text as "undoneAt", (m.merged_at + make_interval(days => ${mergeLimits.undoDays}::int))::text as "undoUntil"
      from customer_merge m join customer c on c.id = m.customer_id
     where ${scopeCondition(model, actor, customer, 'c')} and ${customerId === undefined ? sql`true` : sql`m.customer_id = ${customerId}::bigint`}
     order by m.merged_at desc, m.id limit ${mergeLimits.listed}`,
  );
  return rows;
}

interface MergeRow {
  customer_id: string;
  id: string;
  other_id: string;
  filled: string[];
  version: number;
  kept: { system: string; external_id: string }[];
  tags: MovedTag[];
  merged_at: string;
  undone_at: string | null;
}

export const UNDO_JOB = 'identity.undo';

export function undoHandler(model: Model): JobHandler {
  const handler: JobHandler<{ merge: string; by: string }> = {
    kind: UNDO_JOB,
    label: { zh: '撤销客户合并', en: 'Undo a merge' },
    run: async ({ database, clock }, { merge, by }) => {
      const actor = (await actorOfUser(database, model, clock(), by)) ?? systemActor;
      await database.transaction((tx) => undoMerge(tx, model, clock, merge, actor), { statementTimeoutMs: 0 });
      await makeTrue(database, model, clock);
      // His row of metrics is new, and segments may ask for the tags that people set of him.
      const { rows } = await database.query<{ other_id: string }>('select other_id from customer_merge where id = $1', [
        merge,
      ]);
      const restored = rows.map(({ other_id: id }) => id);
      await database.transaction(async (tx) => {
        await showHandTags(tx, restored);
        await noteChanges(
          tx,
          restored.map((customerId) => ({ customerId, entity: 'customer', date: null })),
        );
      });
      await makeTrue(database, model, clock);
      return { undone: true };
    },
  };
  return handler as JobHandler;
}

/** Why a merge cannot be undone; undefined when it can. */
export async function undoFault(db: Queryable, model: Model, clock: Clock, id: string): Promise<Failure | undefined> {
  const { rows } = await db.query<MergeRow>('select * from customer_merge where id = $1', [id]);
  const merge = rows[0];
  if (!merge) return new Failure(kinds.not_found);
  if (merge.undone_at !== null) return new Failure(kinds.undo_done);
  const age = clock().getTime() - new Date(merge.merged_at).getTime();
  if (age > mergeLimits.undoDays * 86_400_000) return new Failure(kinds.undo_too_late, { days: mergeLimits.undoDays });
  const changed: { zh: string; en: string }[] = [];
  const { rows: current } = await db.query<{ version: number; erased_on: string | null }>(
    'select version, erased_on::text from customer where id = $1',
    [merge.customer_id],
  );
  const customer = model.entity('customer').label;
  if (!current[0] || current[0].version !== merge.version || current[0].erased_on !== null) changed.push(customer);
  // Facts that came, went or were corrected since do not stand in the way: they go with the account that they are of.
  for (const entity of model.entities.filter((each) => each.scope === 'customer' && each.storage === 'record')) {
    const table = ident(entity.code).sql;
    const { rowCount } = await db.query(
      `select from customer_merge_row r left join ${table} t on t.customer_id = r.customer_id and t.id = r.id
        where r.customer_id = $1 and r.merge_id = $2 and r.entity = $3 and t.version is distinct from r.version limit 1`,
      [merge.customer_id, id, entity.code],
    );
    if (rowCount > 0) changed.push(entity.label);
  }
  if (changed.length === 0) return undefined;
  const what = { zh: changed.map(({ zh }) => zh).join('、'), en: changed.map(({ en }) => en).join(', ') };
  return new Failure(kinds.undo_changed, { what });
}

/**
 * Ids of the rows that are the merged customer's: those that came with him, and what came since of a record that did, such as the
 * transactions of his account.
 */
function ownedBy(
  model: Model,
  entity: EntityDefinition,
  { customer_id: survivor, id, merged_at: mergedAt }: MergeRow,
): Sql {
  const ofEntity = (code: string) =>
    sql`select r.id from customer_merge_row r where r.customer_id = ${survivor}::bigint and r.merge_id = ${id}::bigint and r.entity = ${code}`;
  const references = entity.fields.filter(
    ({ type, ref }) => type === 'ref' && ref !== undefined && model.entity(ref).scope === 'customer',
  );
  // A record of the survivor may have named the other's before they were one: it stays with him.
  const isNew =
    entity.storage === 'fact' ? sql`true` : sql`t.created_at > ${new Date(mergedAt).toISOString()}::timestamptz`;
  const since = references.map(
    (
      field,
    ) => sql`select t.id from ${raw(ident(entity.code).sql)} t where t.customer_id = ${survivor}::bigint and ${isNew}
      and t.${raw(ident(columnOf(field)).sql)} in (${ofEntity(field.ref!)})`,
  );
  return join([ofEntity(entity.code), ...since], ' union ');
}

/** Puts the merged customer back as he was, with everything that came from him. Throws a Failure that says what changed since. */
export async function undoMerge(
  tx: Transaction,
  model: Model,
  clock: Clock,
  id: string,
  actor: Pick<Actor, 'userId' | 'username'>,
): Promise<void> {
  const at = clock();
  await holdWatermark(tx);
  const { rows } = await tx.query<MergeRow>('select * from customer_merge where id = $1 for update', [id]);
  const merge = rows[0];
  if (!merge) throw new Failure(kinds.not_found);
  await tx.query('select from customer where id = $1 for update', [merge.customer_id]);
  const fault = await undoFault(tx, model, clock, id);
  if (fault) throw fault;
  const { customer_id: survivor, other_id: other } = merge;
  await returnHandTags(tx, survivor, other, merge.tags);
  await tx.query(
    'insert into customer select r.* from customer_merge m, jsonb_populate_record(null::customer, m.other_row) r where m.id = $1',
    [id],
  );
  const customer = model.entity('customer');
  for (const entity of model.entities.filter((each) => each.scope === 'customer')) {
    const table = raw(ident(entity.code).sql);
    const sealed = encryptedFields(entity);
    const opened = sealed.length > 0 ? await openAll(tx, entity, sealed, survivor) : [];
    const isFact = entity.storage === 'fact';
    const set = isFact ? sql`` : sql`, version = t.version + 1`;
    const { rows: moved } = await tx.query<{ id: string }>(
      sql`with his as (${ownedBy(model, entity, merge)}),
          moved as (update ${table} t set customer_id = ${other}::bigint${set} from his
            where t.customer_id = ${survivor}::bigint and t.id = his.id
            returning t.id, ${raw(isFact ? 't.business_date' : 'null::date as business_date')}),
          noted as (insert into customer_change (customer_id, entity, business_date)
            select distinct c.id, ${entity.code}, coalesce(m.business_date, '-infinity') from moved m, unnest(${[survivor, other]}::bigint[]) c(id)
            on conflict do nothing)
        select id::text from moved`,
    );
    const back = new Set(moved.map((row) => row.id));
    await sealAll(
      tx,
      entity,
      opened.filter((row) => back.has(row.id)),
      other,
    );
  }
  const filled = merge.filled.flatMap((code) => fieldOf(customer, code) ?? []);
  if (filled.length > 0) {
    const columns = await columnValues(
      tx,
      customer,
      { id: survivor, customerId: survivor },
      filled.map((field) => [field, null]),
    );
    await tx.query(
      `update customer set ${columns.map(({ column }) => `${ident(column).sql} = null`).join(', ')}, version = version + 1, updated_at = $2 where id = $1`,
      [survivor, at.toISOString()],
    );
  }
  await tx.query(
    `delete from customer_identity i using customer c where c.id = $1 and i.system = c.source and i.external_id = c.source_key and i.customer_id = $2`,
    [other, survivor],
  );
  await tx.query(
    `update customer_identity i set customer_id = $1 from unnest($2::text[], $3::text[]) k(system, external_id)
      where i.system = k.system and i.external_id = k.external_id`,
    [other, merge.kept.map(({ system }) => system), merge.kept.map((each) => each.external_id)],
  );
  await tx.query('update customer_merge set undone_at = $2, undone_by = $3 where id = $1', [
    id,
    at.toISOString(),
    actor.userId,
  ]);
  // Who undoes a merge says that they are two.
  await tx.query(
    "update identity_case set state = 'apart' where customer_id = least($1::bigint, $2::bigint) and other_id = greatest($1::bigint, $2::bigint)",
    [survivor, other],
  );
  for (const customerId of [survivor, other]) {
    await record(tx, {
      at,
      actor,
      action: 'update',
      entity: 'customer',
      recordId: customerId,
      customerId,
      detail: { unmerge: id, survivor, restored: other },
    });
  }
  await noteChanges(
    tx,
    [survivor, other].map((customerId) => ({ customerId, entity: 'customer', date: null })),
  );
  await tellChanges(tx);
}
