import type { Transaction } from '#database';
import {
  type Books,
  dayStatement,
  type FactNote,
  type FactsDay,
  holdState,
  mendMetrics,
  openStoredDay,
  refreshAum,
  workCalendar,
} from '#facts';
import { type BusinessDate, Failure } from '#kernel';
import type { Model } from '#metadata';
import { type Posted, takePosted } from '#records';
import { applyRules } from './apply-rules.ts';
import type { DayContext } from './day-context.ts';
import { decides } from './deciding.ts';
import { byNewestDefinitions } from './definitions.ts';
import { kinds } from './failures.ts';
import type { TriggerKind } from './rule-trigger.ts';
import { updateTags } from './tags.ts';
import { updateTiers } from './tiers.ts';

export interface RefreshOptions {
  /** Ends the work between two rounds; the notes that are left remain. */
  signal?: AbortSignal | undefined;
  /** The date that is run right after. */
  next?: BusinessDate | undefined;
  /** Told after each round. */
  progress?: ((position: { customers: number; waiting: number }) => void) | undefined;
}

export interface NotedResult {
  /** Customers made true again. */
  customers: number;
  /** Were facts among what was noted, not records alone? */
  lateFacts: boolean;
  /** Notes are left, because definitions have changed since the state was computed: mending some customers would mix the two. */
  stale: boolean;
}

/** Customers made true in one transaction: short enough that a day or a batch of events behind it does not wait long. */
const ROUND_CUSTOMERS_MAX = 2_000;

/**
 * Makes computed state true again for all customers of whom something was noted: late, corrected or withdrawn facts, records that were
 * edited or loaded. Customers are taken in rounds, each a transaction; ended in between, the notes that are left remain. Returns how many
 * customers that were.
 */
export async function mendNoted(ctx: DayContext, options: RefreshOptions = {}): Promise<NotedResult> {
  const result: NotedResult = { customers: 0, lateFacts: false, stale: false };
  for (;;) {
    options.signal?.throwIfAborted();
    const { rows } = await ctx.database.query<{ noted: boolean }>(
      'select exists (select from customer_change) or exists (select from customer_posted) as noted',
    );
    if (!rows[0]!.noted) return result;
    const round = await byNewestDefinitions(ctx.database, ctx.model, (model) =>
      ctx.database.transaction((tx) => mendRound({ ...ctx, model }, tx, options), {
        statementTimeoutMs: 0,
        attemptsMax: 5,
      }),
    );
    if (round === 'stale') return { ...result, stale: true };
    result.customers += round.customers;
    result.lateFacts ||= round.lateFacts;
    await tell(ctx, options, result.customers);
  }
}

async function tell({ database }: DayContext, { progress }: RefreshOptions, customers: number): Promise<void> {
  if (!progress) return;
  const { rows } = await database.query<{ waiting: number }>(
    `select count(distinct id)::integer as waiting
       from (select customer_id from customer_change union all select unnest(customer_ids) from customer_posted) n(id)`,
  );
  progress({ customers, waiting: rows[0]!.waiting });
}

interface Note {
  customer_id: string;
  entity: string;
  /** `-infinity` for a record. */
  business_date: string;
}

async function mendRound(
  ctx: DayContext,
  tx: Transaction,
  options: RefreshOptions,
): Promise<Pick<NotedResult, 'customers' | 'lateFacts'> | 'stale'> {
  const { model } = ctx;
  await holdState(tx);
  const day = await openStoredDay(tx, model, booksOf(ctx));
  if (day?.outdated) throw new Failure(kinds.definitions_renewed);
  if (day && day.carriedFrom === null) return 'stale';
  const { rows: notes } = await tx.query<Note>(
    // Up to an id: notes come and go too fast for statistics, and to join them PostgreSQL would compare each with each.
    `delete from customer_change
      where customer_id <= (select max(customer_id) from (
        select distinct customer_id from customer_change order by customer_id limit $1) first)
     returning customer_id, entity, business_date`,
    [ROUND_CUSTOMERS_MAX],
  );
  // Nothing is computed yet: the first day reads everything.
  if (!day) return { customers: 0, lateFacts: false };
  // A task or a call changes nothing that is computed.
  const deciding = notes.filter(({ entity }) => decides(model, entity));
  const noted = new Set(deciding.map((note) => note.customer_id));
  const room = ROUND_CUSTOMERS_MAX - noted.size;
  const posted = room > 0 ? await takePosted(tx, room) : [];
  const customers = [...new Set([...noted, ...posted.flatMap(({ customerIds }) => customerIds)])];
  if (customers.length === 0) return { customers: 0, lateFacts: false };
  // Facts after the day are not in the state yet.
  const facts = deciding.flatMap(factNote).filter(({ date }) => date <= day.date);
  await refreshCustomers(tx, model, day, customers, facts, posted);
  const asked = rulesAfter(facts, day, options);
  if (asked.length > 0) {
    const calendar = workCalendar(model, day.books.calendar);
    await applyRules(
      tx,
      model,
      { ...day, calendar, now: ctx.clock(), live: true, onTime: false },
      { among: customers, kinds: asked },
    );
  }
  return { customers: customers.length, lateFacts: facts.length > 0 };
}

/** Kinds of rules that look at customers who were mended: what turned or changed since is for the date that is run next, if one is. */
function rulesAfter(facts: readonly FactNote[], day: FactsDay, { next }: RefreshOptions): TriggerKind[] {
  // Facts of the day that came while it was computed start their rules here.
  const fresh: TriggerKind[] = facts.some(({ date }) => date === day.date) ? ['fact'] : [];
  return next !== undefined && next > day.date ? fresh : ['turns', 'change', ...fresh];
}

function factNote({ customer_id, entity, business_date }: Note): FactNote[] {
  return business_date === '-infinity' ? [] : [{ customerId: customer_id, entity, date: business_date }];
}

/** Brings everything computed of some customers to the truth of the day. */
async function refreshCustomers(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers: readonly string[],
  notes: readonly FactNote[],
  posted: readonly Posted[],
): Promise<void> {
  await refreshAum(tx, model, day, customers, firstPostings(customers, notes, posted));
  await mendMetrics(tx, model, day, customers, notes);
  await updateTiers(tx, model, day, customers);
  await updateTags(tx, model, day, customers);
  await markStale(tx, notes);
}

/** By customer the first date of which postings changed; null where none did. */
function firstPostings(
  customers: readonly string[],
  notes: readonly FactNote[],
  posted: readonly Posted[],
): Map<string, BusinessDate | null> {
  const first = new Map<string, BusinessDate | null>(customers.map((id) => [id, null]));
  const take = (customerId: string, date: BusinessDate) => {
    const known = first.get(customerId);
    if (!known || date < known) first.set(customerId, date);
  };
  for (const { customerId, entity, date } of notes) if (entity === 'transaction') take(customerId, date);
  for (const { customerIds, date } of posted) for (const id of customerIds) take(id, date);
  return first;
}

/** Days that were run without these facts are worth running again. */
export async function markStale(tx: Transaction, facts: readonly Pick<FactNote, 'date'>[]): Promise<void> {
  const dates = facts.map(({ date }) => date).sort();
  if (dates.length > 0)
    await tx.query(
      dayStatement(`update business_day set stale = true where date >= $1 and status = 'done' and not stale`, [
        dates[0],
      ]),
    );
}

export const booksOf = ({ institution: { zone, currency, calendar } }: Pick<DayContext, 'institution'>): Books => ({
  zone,
  currency,
  calendar,
});
