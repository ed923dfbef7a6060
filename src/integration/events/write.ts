import { ident, raw, sql, type Transaction } from '#database';
import type { Actor, BusinessDate, Failure, FailureKind } from '#kernel';
import { columnOf, type EntityDefinition } from '#metadata';
import { type BulkRow, type Correction, deleteFacts, holdWatermark, recordCorrections } from '#records';
import { type DayContext, type FactBatch, ingestIn } from '#rules';
import type { CheckedEvent } from './check.ts';
import { statedFields } from './check.ts';
import { holdEvents } from './hold.ts';
import { resolveReferences } from './references.ts';

export const STATUSES = ['accepted', 'waiting', 'duplicate', 'corrected', 'deleted', 'rejected', 'held'] as const;
export type EventStatus = (typeof STATUSES)[number];

/** What became of one item of a request. */
export interface ItemResult {
  position: number;
  /** The item's own id; null where none can be made out. */
  id: string | null;
  source: string | null;
  status: EventStatus;
  failure?: Failure;
}

/** Items of one request that passed their checks, and those that did not. */
export interface EventRequest {
  actor: Actor;
  events: CheckedEvent[];
  /** Told already: items that are none, or whose values are wrong. */
  results: ItemResult[];
  /** Keep items whose references lead nowhere yet. */
  hold: boolean;
}

export interface EventWork {
  day: DayContext;
  now: Date;
}

const limits = { deletionsTold: 20 };

/** Events of two processes go in one after the other: neither writes a fact or a customer that the other is about to. */
const EVENT_LOCK = 7_300_022;

export async function lockEvents(tx: Transaction): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [EVENT_LOCK]);
}

/** The same, unless another process is at it; returns whether the lock is held. */
export async function tryLockEvents(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [EVENT_LOCK]);
  return rows[0]!.free;
}

/** An event with whose request it came. */
interface Pending {
  event: CheckedEvent;
  request: EventRequest;
}

/**
 * Writes the events of some requests in the caller's transaction and adds to each request's results what became of its items. Of several
 * items about one fact the newest version counts, without versions the last.
 */
export async function writeEvents(tx: Transaction, work: EventWork, requests: readonly EventRequest[]): Promise<void> {
  const pending = requests.flatMap((request) => request.events.map((event) => ({ event, request })));
  const current = await leaveOvertaken(tx, pending);
  const missing = await resolveReferences(
    tx,
    work.day.model,
    current.map(({ event }) => event),
  );
  await refuseMissing(tx, work, current, missing);
  const known = current.filter(({ event }) => !missing.has(event));
  const asOf = await holdWatermark(tx);
  const groups = grouped(known);
  for (const group of groups) await deleteNamed(tx, work, group.filter(isDeletion));
  await writeNamed(
    tx,
    work,
    groups.map((group) => group.filter((each) => !isDeletion(each))).filter((group) => group.length > 0),
    asOf,
  );
  await keepVersions(tx, work, known);
}

const isDeletion = ({ event }: Pending) => event.item.operation === 'delete';

function tell({ event, request }: Pending, status: EventStatus, failure?: Failure): void {
  const { position, id, source } = event.item;
  request.results.push({ position, id, source, status, ...(failure ? { failure } : {}) });
}

const keyOf = ({ entity, id }: CheckedEvent) => `${entity.code} ${id}`;

/** Leaves out what a newer delivery overtook, in these requests or before: an old version, or a fact that was deleted. */
async function leaveOvertaken(tx: Transaction, pending: readonly Pending[]): Promise<Pending[]> {
  const newest = new Map<string, Pending>();
  for (const each of pending) {
    const rival = newest.get(keyOf(each.event));
    if (!rival || !isOlder(each.event, rival.event)) newest.set(keyOf(each.event), each);
  }
  const { rows } = await tx.query<{ entity: string; id: string; sequence: string | null; deleted: boolean }>(
    `select entity, id, sequence, deleted from event_version
      where (entity, id) in (select * from unnest($1::text[], $2::bigint[]))`,
    [[...newest.values()].map(({ event }) => event.entity.code), [...newest.values()].map(({ event }) => event.id)],
  );
  const versions = new Map(rows.map((row) => [`${row.entity} ${row.id}`, row]));
  return pending.filter((each) => {
    const { item } = each.event;
    const version = versions.get(keyOf(each.event));
    if (newest.get(keyOf(each.event)) !== each) {
      tell(each, 'duplicate');
      return false;
    }
    if (!version) return true;
    const { sequence } = version;
    if (item.sequence !== null && sequence !== null && BigInt(item.sequence) < BigInt(sequence)) {
      tell(each, version.deleted ? 'deleted' : 'duplicate');
      return false;
    }
    // A deleted fact comes back only as a version that is newer than the deletion: any other is a late delivery.
    const isNewer = item.sequence !== null && sequence !== null && BigInt(item.sequence) > BigInt(sequence);
    if (version.deleted && !isNewer) {
      tell(each, item.operation === 'delete' ? 'duplicate' : 'deleted');
      return false;
    }
    return true;
  });
}

function isOlder({ item: one }: CheckedEvent, { item: other }: CheckedEvent): boolean {
  return one.sequence !== null && other.sequence !== null && BigInt(one.sequence) < BigInt(other.sequence);
}

async function refuseMissing(
  tx: Transaction,
  work: EventWork,
  current: readonly Pending[],
  missing: Awaited<ReturnType<typeof resolveReferences>>,
): Promise<void> {
  const lost = current.flatMap((each) => {
    const found = missing.get(each.event);
    return found ? [{ ...each, ...found }] : [];
  });
  const full = await holdEvents(
    tx,
    work.now,
    lost.filter(({ request }) => request.hold),
  );
  for (const each of lost) {
    const refusal = each.request.hold ? full.get(each.event) : each.failure;
    tell(each, refusal ? 'rejected' : 'held', refusal);
  }
}

/** Events of one kind of one source, whom they come from kept apart: they are audited apart. */
function grouped(pending: readonly Pending[]): Pending[][] {
  const groups = new Map<string, Pending[]>();
  for (const each of pending) {
    const key = `${each.event.entity.code}\0${each.event.item.source}\0${each.request.actor.userId}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()];
}

/** Writes facts and takes the new ones into what is computed, each customer once. */
async function writeNamed(
  tx: Transaction,
  { day, now }: EventWork,
  groups: readonly Pending[][],
  asOf: BusinessDate | null,
): Promise<void> {
  if (groups.length === 0) return;
  const { batches } = await ingestIn(day, tx, groups.map(batchOf));
  for (const [index, group] of groups.entries()) {
    const { exceptions, corrections } = batches[index]!;
    for (const each of group) {
      const exception = exceptions!.get(each.event.id);
      if (exception) tell(each, exception === 'unchanged' ? 'duplicate' : 'corrected');
      else tell(each, asOf === null || each.event.date! > asOf ? 'waiting' : 'accepted');
    }
    const { event, request } = group[0]!;
    const of = { events: event.item.source };
    await recordCorrections(tx, { at: now, actor: request.actor }, event.entity, corrections, of);
  }
}

function batchOf(group: readonly Pending[]): FactBatch {
  const { entity, item } = group[0]!.event;
  const columns = statedFields(entity).map(({ code }) => code);
  const rows = group.map(
    ({ event }): BulkRow => [event.id, event.item.id, ...columns.map((code) => event.values.get(code) ?? null)],
  );
  return { target: { entity, columns, source: item.source, asOf: null }, rows };
}

async function deleteNamed(tx: Transaction, { now }: EventWork, group: readonly Pending[]): Promise<void> {
  const first = group[0];
  if (!first) return;
  const { entity, item } = first.event;
  const ids = group.map(({ event }) => event.id);
  const deletions = await contentOf(tx, entity, ids);
  await deleteFacts(tx, entity, sql`t.id = any(${ids}::bigint[])`);
  for (const each of group) tell(each, 'deleted');
  await recordCorrections(tx, { at: now, actor: first.request.actor }, entity, deletions, { events: item.source });
}

/** The first of some facts, as corrections to nothing. */
async function contentOf(tx: Transaction, entity: EntityDefinition, ids: readonly string[]): Promise<Correction[]> {
  const fields = statedFields(entity);
  const values = fields.map((field, at) => `t.${ident(columnOf(field)).sql}::text as v${at}`);
  const { rows } = await tx.query<Record<string, string | null> & { id: string; customer: string }>(
    sql`select t.id, t.customer_id as customer, ${raw(values.join(', '))} from ${raw(ident(entity.code).sql)} t
      where t.id = any(${ids}::bigint[]) order by t.id limit ${limits.deletionsTold}`,
  );
  return rows.map((row) => {
    const before = fields.flatMap(({ code }, at): [string, string][] => {
      const value = row[`v${at}`];
      return value === null || value === undefined ? [] : [[code, value]];
    });
    return { id: row.id, customerId: row.customer, before: Object.fromEntries(before), after: {} };
  });
}

async function keepVersions(tx: Transaction, { now }: EventWork, pending: readonly Pending[]): Promise<void> {
  const kept = pending
    .map(({ event }) => event)
    .filter(({ item }) => item.sequence !== null || item.operation === 'delete');
  if (kept.length === 0) return;
  await tx.query(
    `insert into event_version (entity, id, sequence, deleted, at)
       select v.*, $5 from unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[]) v
     on conflict (entity, id) do update set sequence = excluded.sequence, deleted = excluded.deleted, at = excluded.at`,
    [
      kept.map(({ entity }) => entity.code),
      kept.map(({ id }) => id),
      kept.map(({ item }) => item.sequence),
      kept.map(({ item }) => item.operation === 'delete'),
      now,
    ],
  );
}

/** A failure as it travels in answers and stands in figures. */
export function failureJson(failure: Failure): { code: string; zh: string; en: string; field?: string } {
  const kind: FailureKind = failure.kind;
  return {
    code: kind.code,
    zh: failure.text('zh'),
    en: failure.text('en'),
    ...(failure.field === undefined ? {} : { field: failure.field }),
  };
}
