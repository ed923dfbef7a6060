import type { Institution } from '#access';
import { record } from '#audit';
import { type Database, type Queryable, sqlState, type Transaction } from '#database';
import { type Actor, type Clock, Failure, systemActor } from '#kernel';
import { type Model, modelInForce } from '#metadata';
import type { DayContext } from '#rules';
import { checkItem, type EventRules } from './check.ts';
import { eventKinds } from './failures.ts';
import { auditMinutes, countEvents } from './figures.ts';
import { arrivedEvents } from './hold.ts';
import { type EventBody, type EventItem, readItems } from './item.ts';
import { type EventRequest, failureJson, type ItemResult, lockEvents, tryLockEvents, writeEvents } from './write.ts';

const limits = {
  /** Items that wait in this process; more are refused with the request to come again. */
  queuedItemsMax: 20_000,
  /** Items of one transaction; whatever is queued goes together up to here. */
  batchItemsMax: 5_000,
  /** A load that writes the very same facts may hold their rows for long. */
  lockMs: 5_000,
  attemptsMax: 3,
  retryAfterSecondsMax: 60,
  /** Held events are looked at, and figures of past minutes audited, this often. */
  sweepMs: 30_000,
};
const LOCK_NOT_AVAILABLE = '55P03';

/** One request of events. */
export interface Submission {
  actor: Actor;
  body: EventBody;
  hold: boolean;
  /** Of the header Idempotency-Key, with the hash of the body. */
  key: string | null;
  sha256: string;
}

export interface AnswerItem {
  id: string | null;
  status: ItemResult['status'];
  error?: { code: string; zh: string; en: string; field?: string };
}

export interface EventQueueOptions {
  /** Acts as the owner: facts are nobody's to write but the program's. */
  database: Database;
  /** As it was made from the packs; what people define is looked up for each batch. */
  model: Model;
  clock: Clock;
  institution(): Promise<Institution>;
  /** Told after each transaction: items by what became of them. */
  onWritten?(counts: Record<ItemResult['status'], number>): void;
  /** Told what went wrong when nobody waits for an answer. */
  onDefect(error: unknown): void;
}

export interface EventQueue {
  /** Answers when the items are committed, in the order of the request. Throws a Failure when the queue is full. */
  submit(submission: Submission): Promise<AnswerItem[]>;
  /** Takes up held events whose missing rows have come; returns how many went in. */
  retryHeld(): Promise<number>;
  /** Forgets held events for good; returns how many. */
  dropHeld(actor: Actor, ids: readonly string[]): Promise<number>;
  /** Begins to look after held events and past minutes by itself. */
  start(): void;
  /** Items that wait. */
  readonly depth: number;
  close(): Promise<void>;
}

interface Waiting {
  submission: Submission;
  request: EventRequest;
  items: number;
  answer(items: AnswerItem[]): void;
  refuse(error: unknown): void;
}

/**
 * Gathers requests of this process into transactions: what is queued when one ends goes together into the next, so that a few
 * requests are answered at once and many cost little each.
 */
export function openEventQueue(options: EventQueueOptions): EventQueue {
  const { clock } = options;
  const queue: Waiting[] = [];
  let depth = 0;
  let running: Promise<void> | undefined;
  let closed = false;
  let sweeping: NodeJS.Timeout | undefined;
  /** Items per second of late, for those who are asked to come again. */
  let pace = limits.batchItemsMax;

  const pump = async () => {
    while (queue.length > 0) {
      const batch = take(queue);
      const started = performance.now();
      await settle(options, batch);
      const items = batch.reduce((sum, each) => sum + each.items, 0);
      depth -= items;
      const seconds = (performance.now() - started) / 1_000;
      if (items > 0 && seconds > 0) pace = 0.8 * pace + (0.2 * items) / seconds;
    }
    running = undefined;
  };
  const sweep = async () => {
    await retryHeld(options);
    await auditPast(options);
  };
  return {
    async submit(submission) {
      if (closed) throw new Failure(eventKinds.stopping);
      const { zone } = await options.institution();
      const request = readRequest({ model: modelInForce(options.model), zone, now: clock() }, submission);
      const items = request.events.length + request.results.length;
      if (depth + items > limits.queuedItemsMax)
        throw new Failure(eventKinds.busy, { retryAfterSeconds: wait(depth, pace) });
      depth += items;
      const answered = new Promise<AnswerItem[]>((answer, refuse) => {
        queue.push({ submission, request, items, answer, refuse });
      });
      running ??= pump();
      return await answered;
    },
    retryHeld: () => retryHeld(options),
    dropHeld: (actor, ids) => dropHeld(options, actor, ids),
    start() {
      sweeping ??= setInterval(() => {
        sweep().catch(options.onDefect);
      }, limits.sweepMs).unref();
    },
    get depth() {
      return depth;
    },
    async close() {
      closed = true;
      clearInterval(sweeping);
      await running;
    },
  };
}

const wait = (depth: number, pace: number) =>
  Math.max(1, Math.min(limits.retryAfterSecondsMax, Math.ceil(depth / Math.max(1, pace))));

/** Checks the items of a request; those that fail are answered without touching the database. */
function readRequest(rules: EventRules, { actor, body, hold }: Submission): EventRequest {
  const { items, refused } = readItems(body);
  const request: EventRequest = { actor, events: [], results: [], hold };
  for (const { position, id, failure } of refused) {
    request.results.push({ position, id, source: null, status: 'rejected', failure });
  }
  for (const item of items) check(rules, request, item);
  return request;
}

function check(rules: EventRules, request: EventRequest, item: EventItem): void {
  try {
    request.events.push(checkItem(rules, item));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { position, id, source } = item;
    request.results.push({ position, id, source, status: 'rejected', failure: error });
  }
}

/** The requests of the next transaction. Of those under one idempotency key the second waits for the first. */
function take(queue: Waiting[]): Waiting[] {
  const batch: Waiting[] = [];
  const keys = new Set<string>();
  let items = 0;
  while (queue.length > 0 && (batch.length === 0 || items + queue[0]!.items <= limits.batchItemsMax)) {
    const { submission } = queue[0]!;
    const key = submission.key === null ? undefined : `${submission.actor.userId} ${submission.key}`;
    if (key !== undefined && keys.has(key)) break;
    if (key !== undefined) keys.add(key);
    const next = queue.shift()!;
    items += next.items;
    batch.push(next);
  }
  return batch;
}

/** Writes a batch and answers. When it fails, each request is tried by itself, so that one cannot take the others down. */
async function settle(options: EventQueueOptions, batch: readonly Waiting[]): Promise<void> {
  try {
    const answers = await writeBatch(options, batch);
    batch.forEach((each, index) => {
      const answer = answers[index]!;
      if (answer instanceof Failure) each.refuse(answer);
      else each.answer(answer);
    });
  } catch (error) {
    if (batch.length > 1) {
      for (const each of batch) await settle(options, [each]);
      return;
    }
    const held = sqlState(error) === LOCK_NOT_AVAILABLE;
    batch[0]!.refuse(held ? new Failure(eventKinds.busy, { retryAfterSeconds: limits.lockMs / 1_000 }) : error);
  }
}

async function writeBatch(options: EventQueueOptions, batch: readonly Waiting[]): Promise<(AnswerItem[] | Failure)[]> {
  const { database, clock } = options;
  const institution = await options.institution();
  const counts = noCounts();
  const answers = await database.transaction(
    async (tx) => {
      await tx.query(`set local lock_timeout = '${limits.lockMs}ms'`);
      await lockEvents(tx);
      const now = clock();
      const earlier = await earlierAnswers(tx, batch);
      const fresh = batch.filter((each) => !earlier.has(each));
      // The results of an attempt that was rolled back must not be told.
      const requests = fresh.map(({ request }) => ({ ...request, results: [...request.results] }));
      await writeEvents(tx, { day: dayOf(options, institution), now }, requests);
      await countEvents(tx, now, requests);
      const told = new Map(fresh.map((each, index) => [each, answerOf(requests[index]!)]));
      await keepAnswers(tx, now, told);
      Object.assign(counts, noCounts());
      for (const { results } of requests) for (const { status } of results) counts[status] += 1;
      return batch.map((each) => earlier.get(each) ?? told.get(each)!);
    },
    { attemptsMax: limits.attemptsMax },
  );
  options.onWritten?.(counts);
  return answers;
}

const dayOf = ({ database, model, clock }: EventQueueOptions, institution: Institution): DayContext => ({
  database,
  model: modelInForce(model),
  clock,
  actor: systemActor,
  institution,
});

const noCounts = () => ({ accepted: 0, waiting: 0, duplicate: 0, corrected: 0, deleted: 0, rejected: 0, held: 0 });

function answerOf({ results }: EventRequest): AnswerItem[] {
  return [...results]
    .sort((a, b) => a.position - b.position)
    .map(({ id, status, failure }) => ({ id, status, ...(failure ? { error: failureJson(failure) } : {}) }));
}

/** Answers that were given under the same idempotency key, or the refusal of a key that stands for another content. */
async function earlierAnswers(
  tx: Transaction,
  batch: readonly Waiting[],
): Promise<Map<Waiting, AnswerItem[] | Failure>> {
  const keyed = batch.filter(({ submission }) => submission.key !== null);
  const earlier = new Map<Waiting, AnswerItem[] | Failure>();
  if (keyed.length === 0) return earlier;
  const { rows } = await tx.query<{ user_id: string; key: string; sha256: string; answer: AnswerItem[] }>(
    `select user_id, key, sha256, answer from event_request
      where (user_id, key) in (select * from unnest($1::bigint[], $2::text[]))`,
    [keyed.map(({ submission }) => submission.actor.userId ?? '0'), keyed.map(({ submission }) => submission.key)],
  );
  const known = new Map(rows.map((row) => [`${row.user_id} ${row.key}`, row]));
  for (const each of keyed) {
    const { actor, key, sha256 } = each.submission;
    const row = known.get(`${actor.userId ?? '0'} ${key}`);
    if (row) earlier.set(each, row.sha256 === sha256 ? row.answer : new Failure(eventKinds.key_reused, { key }));
  }
  return earlier;
}

async function keepAnswers(tx: Transaction, now: Date, told: ReadonlyMap<Waiting, AnswerItem[]>): Promise<void> {
  for (const [{ submission }, answer] of told) {
    if (submission.key === null) continue;
    await tx.query('insert into event_request (user_id, key, sha256, answer, at) values ($1, $2, $3, $4, $5)', [
      submission.actor.userId ?? '0',
      submission.key,
      submission.sha256,
      JSON.stringify(answer),
      now,
    ]);
  }
}

/** Held events go the way of new ones, under the name of who sent them; what still leads nowhere stays. */
async function retryHeld(options: EventQueueOptions): Promise<number> {
  const { database, model, clock } = options;
  const institution = await options.institution();
  const { zone } = institution;
  return await database.transaction(async (tx) => {
    if (!(await tryLockEvents(tx))) return 0;
    const held = await arrivedEvents(tx, model);
    if (held.length === 0) return 0;
    const now = clock();
    const requests: EventRequest[] = [];
    for (const [userId, events] of Map.groupBy(held, ({ user_id }) => user_id)) {
      const actor = { ...systemActor, userId: userId === '0' ? null : userId, username: events[0]!.actor };
      const request: EventRequest = { actor, events: [], results: [], hold: true };
      for (const { item } of events) check({ model, zone, now }, request, item);
      requests.push(request);
    }
    // First away, then in: what leads nowhere for another reason is held anew.
    await tx.query('delete from event_hold where id = any($1::bigint[])', [held.map(({ id }) => id)]);
    await writeEvents(tx, { day: dayOf(options, institution), now }, requests);
    await countEvents(tx, now, requests);
    return requests.flatMap(({ results }) => results).filter(({ status }) => status !== 'held').length;
  });
}

async function dropHeld({ database, clock }: EventQueueOptions, actor: Actor, ids: readonly string[]): Promise<number> {
  return await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ source: string; type: string; event_id: string }>(
      'delete from event_hold where id = any($1::bigint[]) returning source, type, event_id',
      [ids],
    );
    if (rows.length > 0)
      await record(tx, { at: clock(), actor, action: 'load', detail: { events: 'dropped', dropped: rows } });
    return rows.length;
  });
}

/** So long an idempotency key is remembered, and what is known of versions, deletions and figures. */
const kept = { answersDays: 7, versionsDays: 90, figuresDays: 90 };
const DAY_MS = 86_400_000;

/** Forgets what has served its time; returns how many rows. */
export async function forgetEvents(db: Queryable, now: Date): Promise<number> {
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const gone = [
    await db.query('delete from event_request where at < $1', [before(kept.answersDays)]),
    await db.query('delete from event_version where at < $1', [before(kept.versionsDays)]),
    await db.query('delete from event_figure where minute < $1 and audited', [before(kept.figuresDays)]),
  ];
  return gone.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

const MINUTE_MS = 60_000;

/** Makes audit events of past minutes when no event comes that would. */
async function auditPast({ database, clock }: EventQueueOptions): Promise<void> {
  const now = clock();
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  await database.transaction(async (tx) => {
    if (await tryLockEvents(tx)) await auditMinutes(tx, now, minute);
  });
}
