import { hash } from 'node:crypto';
import {
  allOf,
  type Database,
  ident,
  join,
  type Queryable,
  raw,
  type Statement,
  sql,
  type Transaction,
} from '#database';
import type { Context as ExpressionContext } from '#expressions';
import { addDays, type BusinessDate, Failure, type WorkCalendar } from '#kernel';
import { fieldOf, type Model } from '#metadata';
import {
  type AumDay,
  type AumResult,
  type DayMode,
  dayTable,
  rebuildAum,
  refreshCustomers,
  snapshotAum,
} from './aum.ts';
import { NO_ASSETS, stepsText } from './aum-steps.ts';
import { workCalendar } from './calendars.ts';
import type { Conversion } from './engine/buckets.ts';
import {
  type Beside,
  customersUpTo,
  type FoldedRow,
  type Folding,
  foldInto,
  type NewFacts,
  readToFold,
} from './engine/fold.ts';
import { conditionOf, fitted, held, type Layout, layoutOf } from './engine/layout.ts';
import { movedBetween, readFromRows } from './engine/moving.ts';
import { type Standing, standing } from './engine/reading.ts';
import {
  buildHistories,
  type Engine,
  type FactNote,
  type HistoryRow,
  mendHistories,
  rollHistories,
} from './engine/store.ts';
import { kinds } from './failures.ts';
import { layKeptStates } from './kept-states.ts';
import { storedMetrics } from './metric-definition.ts';
import { type MetricDay, metricStatement } from './metric-sql.ts';
import { oncePerModel } from './pack.ts';
import { type ParameterValues, packParameters, parameters, parameterValues } from './parameters.ts';
import { isOutdated, readState, type State } from './state.ts';
import { dayStatement } from './statement.ts';

/** What a day needs to know of the institution. */
export interface Books {
  /** IANA zone in which the days begin and end. */
  zone: string;
  /** Currency in which the books are kept. */
  currency: string;
  /** Work calendar by which trading days are counted. */
  calendar: string;
}

/** One business date under evaluation. */
export interface FactsDay {
  date: BusinessDate;
  books: Books;
  /**
   * `current`: the newest day, which carries the stored state forward. `earlier`: a day before it, evaluated from all facts on
   * the side: it corrects its own rows of the AUM ledger and changes no state.
   */
  mode: DayMode;
  /** The day that the stored state speaks of; null when everything is to be read from all facts. */
  carriedFrom: BusinessDate | null;
  /** Definitions were published that this model does not know: nothing may be computed by it. */
  outdated: boolean;
  /** Somebody asked to read all facts again, for the AUM ledger too; metrics may need it by themselves (`carriedFrom`). */
  full: boolean;
  parameters: ParameterValues;
  /** Zone, business date and parameters for all expressions of the day. */
  expressions: ExpressionContext;
  /** The table with the stored metrics of the day. */
  metricTable: string;
  /** Where the customers stand as they were on the day. */
  customerTable: string;
  /** Fingerprint of what the stored metrics are made by: other definitions, rates or parameters give another one. */
  definitions: string;
  /** What the histories of the customers hold. */
  layout: Layout;
}

/** Opens a business date. `full` asks to read all facts instead of carrying the state of the last day forward. */
export async function openFactsDay(
  db: Queryable,
  model: Model,
  books: Books,
  date: BusinessDate,
  full: boolean,
): Promise<FactsDay> {
  const [state, values] = await allOf([readState(db), parameterValues(db, model, books.currency)]);
  return openedDay(model, books, date, full, state, values);
}

function openedDay(
  model: Model,
  books: Books,
  date: BusinessDate,
  full: boolean,
  state: State,
  values: ParameterValues,
): FactsDay {
  for (const { code, type } of parameters(model)) {
    if (type !== 'rates' && !values.has(code)) {
      throw new Failure(kinds.parameter_without_value, { code, currency: books.currency });
    }
  }
  const mode = state.asOf !== null && date < state.asOf ? 'earlier' : 'current';
  const day = { ...dayOf(model, books, date, mode, values), full, outdated: isOutdated(model, state) };
  if (day.outdated || mode === 'earlier' || full || state.definitions !== day.definitions) return day;
  const layout = state.accumulators && fitted(model, state.accumulators);
  return layout ? { ...day, layout, carriedFrom: state.asOf } : day;
}

/**
 * The day that the stored state speaks of; null when there is none yet. Its `carriedFrom` is null when definitions have changed since: such
 * a state cannot be mended, its day is to be run anew.
 */
export async function openStoredDay(db: Queryable, model: Model, books: Books): Promise<FactsDay | null> {
  const [state, values] = await allOf([readState(db), parameterValues(db, model, books.currency)]);
  if (state.asOf === null) return null;
  const { asOf, definitions, accumulators, publications } = state;
  const of = [asOf, definitions, accumulators, publications, values, books.zone, books.currency, books.calendar];
  const last = lastStoredDay(model);
  if (last.day && last.of.every((each, index) => each === of[index])) return last.day;
  const day = openedDay(model, books, state.asOf, false, state, values);
  Object.assign(last, { of, day });
  return day;
}

/** Live facts open the same day one by one: what was made for it is made once. */
const lastStoredDay = oncePerModel((): { of: unknown[]; day?: FactsDay } => ({ of: [] }));

function dayOf(model: Model, books: Books, date: BusinessDate, mode: DayMode, parameters: ParameterValues): FactsDay {
  const expressions = { zone: books.zone, values: { ...Object.fromEntries(parameters), business_date: date } };
  const metricTable = dayTable('customer_metric', mode);
  const customerTable = dayTable('customer', mode);
  const definitions = fingerprint(model, books, parameters);
  const layout = layoutOf(model);
  return {
    date,
    books,
    mode,
    carriedFrom: null,
    outdated: false,
    full: false,
    parameters,
    expressions,
    metricTable,
    customerTable,
    definitions,
    layout,
  };
}

/** A usual day with the packs' parameters, to show what statements look like; no database is asked. */
export function exampleDay(model: Model, books: Books, date: BusinessDate): FactsDay {
  const day = dayOf(model, books, date, 'current', packParameters(model, books.currency));
  return { ...day, carriedFrom: addDays(date, -1) };
}

/** The statements of a day in this room, to be shown. */
export function factsStatements(model: Model, day: FactsDay): { name: string; statement: Statement }[] {
  const { classes, currency } = aumDay(model, day);
  const values = [day.date, currency, addDays(day.date, -1), day.date];
  return [
    { name: 'AUM: the rows of the ledger', statement: dayStatement(stepsText(classes, 'each'), values) },
    { name: 'Metrics: one scan per entity, one write', statement: metricStatement(model, metricDay(model, day)) },
  ];
}

const lastFingerprint = oncePerModel(() => ({ of: '', hash: '' }));

/** What the stored metrics hang on besides rows: when it changes they must be read anew from all facts. Every event asks for it. */
function fingerprint(model: Model, books: Books, values: ParameterValues): string {
  const last = lastFingerprint(model);
  const of = JSON.stringify([books, [...values]]);
  if (last.of !== of) Object.assign(last, { of, hash: makeFingerprint(model, books, values) });
  return last.hash;
}

function makeFingerprint(model: Model, books: Books, values: ParameterValues): string {
  const stored = storedMetrics(model);
  const constants = new Set(stored.flatMap(({ measure }) => (measure && conditionOf(model, measure)?.constants) ?? []));
  const parts = [
    stored.map(({ code, unit, measure, ledger }) => ({ code, unit, measure, ledger })),
    books,
    values.get('exchange_rates'),
    [...constants].sort().map((code) => values.get(code)),
    stored.some(({ measure }) => measure?.calendar) ? model.data('calendars').map(({ value }) => value) : [],
  ];
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/** Takes the AUM snapshot of the day. */
export async function takeSnapshot(tx: Transaction, model: Model, day: FactsDay): Promise<AumResult> {
  const { asOf } = await readState(tx);
  return await snapshotAum(tx, aumDay(model, day), asOf, day.full);
}

/**
 * Makes the AUM ledger, totals and balances of some customers true on all dates up to the day that the state speaks of, whatever of them
 * changed: facts late, corrected or taken back, accounts, holdings, unit, manager. `since` spares reading: by customer, a date before which
 * no posting of his changed; `null` where none did at all. Gives what a full rebuild would give.
 */
export async function refreshAum(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customerIds: readonly string[],
  since: ReadonlyMap<string, BusinessDate | null> = new Map(),
): Promise<void> {
  const sinceOf = new Map([...since].map(([id, date]) => [id, date ?? 'infinity']));
  await refreshCustomers(tx, aumDay(model, day), { customerIds, since: null, sinceOf });
}

function aumDay(model: Model, { date, mode, books, parameters }: FactsDay): AumDay {
  return { date, mode, currency: books.currency, rates: ratesOf(parameters), classes: assetClasses(model) };
}

/** Computes the metrics after the snapshot of the day; returns the number of customers whose stored metrics changed. */
export async function updateMetrics(tx: Transaction, model: Model, day: FactsDay): Promise<number> {
  if (day.mode === 'earlier') {
    await tx.query(`create temporary table ${day.metricTable} (like customer_metric including all) on commit drop`);
    const { changed } = await writeFromRows(tx, model, day);
    await layKeptStates(tx, day);
    return changed;
  }
  await carryMetrics(tx, model, day);
  // A day from nothing rewrites these tables whole; the days after it must not be planned as if they were empty.
  if (day.carriedFrom === null)
    await tx.query('analyze account_balance, customer_aum, customer_metric, customer, account');
  const { rows } = await tx.query<{ changed: string }>(
    'select count(*) as changed from customer_metric where as_of = $1',
    [day.date],
  );
  return Number(rows[0]!.changed);
}

/**
 * Brings metrics, histories and state to the newest day: from all facts, or from the state of the day before. `among`: the customers whom
 * the state is kept of; all when absent.
 */
export async function carryMetrics(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  among?: ReadonlySet<string>,
): Promise<void> {
  if (day.carriedFrom === null) {
    await writeFromRows(tx, model, day, { customers: among && [...among] });
    await buildHistories(tx, engineOf(model, day), among && [...among]);
  } else await rollMetrics(tx, model, day, day.carriedFrom, among);
  await tx.query('update facts_state set as_of = $1, definitions = $2, accumulators = $3', [
    day.date,
    day.definitions,
    JSON.stringify(day.layout.accumulators),
  ]);
}

/**
 * Takes on definitions whose metrics have just been filled for the stored day: the others were true by the former definitions and are by
 * these. Makes the histories that the engine goes on from, where they do not hold enough.
 */
export async function adoptMetrics(tx: Transaction, model: Model, day: FactsDay): Promise<void> {
  if (day.carriedFrom !== null) return;
  const { accumulators } = await readState(tx);
  const layout = (accumulators && fitted(model, accumulators)) ?? day.layout;
  if (layout === day.layout) await buildHistories(tx, engineOf(model, day));
  await tx.query('update facts_state set definitions = $1, accumulators = $2', [
    day.definitions,
    JSON.stringify(layout.accumulators),
  ]);
}

/** Brings the metrics from the end of a day to this one, looking only at customers of whom something may have changed. */
async function rollMetrics(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  from: BusinessDate,
  among?: ReadonlySet<string>,
): Promise<void> {
  for (const { codes: only, customers: moved } of movedBetween(model, from, day.date, calendarOf(model, day))) {
    if (moved === null) {
      await writeFromRows(tx, model, day, { only, customers: among && [...among] });
      continue;
    }
    const { rows } = await tx.query<{ customer_id: string }>(sql`select distinct customer_id from (${moved}) m`);
    const customers = rows.map((row) => row.customer_id).filter((id) => among?.has(id) ?? true);
    if (customers.length > 0) await writeFromRows(tx, model, day, { only, customers });
  }
  await rollHistories(tx, engineOf(model, day), from, among && [...among]);
}

/**
 * Makes the stored metrics of some customers true again, whatever happened to their rows: `notes` are the customer-days of facts that did
 * not stay as they were. The ledger of these customers must be true already.
 */
export async function mendMetrics(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers: readonly string[],
  notes: readonly FactNote[],
): Promise<void> {
  const only = new Set(readFromRows(model).map(({ code }) => code));
  await writeFromRows(tx, model, day, { only, customers });
  await mendHistories(tx, engineOf(model, day), notes);
}

/**
 * Takes new facts into the stored metrics; returns the customers concerned with what was asked for `beside`. Facts after the day wait for theirs.
 * What hangs on balances and the ledger stays as it is.
 */
export async function foldFacts(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  facts: readonly NewFacts[],
  beside: Beside = [],
): Promise<FoldedRow[]> {
  const ids = customersUpTo(facts, day.date);
  if (ids.length === 0) return [];
  const { folded, write } = foldInto(engineOf(model, day), facts, await readToFold(tx, ids, beside));
  await write(tx);
  const others = othersFolded(model, entitiesOf(facts));
  if (others.length === 0) return folded;
  const customers = folded.map((row) => row.customer_id);
  await writeFromRows(tx, model, day, { only: new Set(others), customers });
  const columns = others.map((code) => raw(`m.${ident(code).sql}`));
  const { rows } = await tx.query<FoldedRow>(
    sql`select m.customer_id, ${join(columns, ', ')} from customer_metric m where m.customer_id = any(${customers}::bigint[])`,
  );
  const values = new Map(rows.map((row) => [row.customer_id, row]));
  return folded.map((row) => ({ ...row, ...values.get(row.customer_id) }));
}

/**
 * The same in two steps, for facts that are few: what `readToFold` read before the day was known is folded in memory, and written by the caller
 * when it suits him. Null where metrics are to be read from rows as well.
 */
export function foldRead(
  model: Model,
  day: FactsDay,
  facts: readonly NewFacts[],
  read: readonly HistoryRow[],
): Folding | null {
  if (othersFolded(model, entitiesOf(facts)).length > 0) return null;
  return foldInto(engineOf(model, day), facts, read);
}

const entitiesOf = (facts: readonly NewFacts[]) => new Set(facts.map(({ entity }) => entity.code));

/** Metrics that new facts of these entities change: the rows of `foldFacts` hold them. */
export function foldedMetrics(model: Model, entities: ReadonlySet<string>): ReadonlySet<string> {
  const inHistory = held(model).filter(({ measure }) => entities.has(measure!.entity));
  return new Set([...inHistory.map(({ code }) => code), ...othersFolded(model, entities)]);
}

/** Those of them that the histories cannot hold: they are read from rows. */
function othersFolded(model: Model, entities: ReadonlySet<string>): string[] {
  return readFromRows(model).flatMap(({ code, measure }) => (measure && entities.has(measure.entity) ? [code] : []));
}

/**
 * Reads metrics from the rows themselves, for all customers or some, all metrics or some; customers without any get all of them. Returns how
 * many customers differed.
 */
async function writeFromRows(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  which: Pick<MetricDay, 'customers' | 'only'> = {},
): Promise<{ changed: number }> {
  let fresh = 0;
  const write = async (part: Pick<MetricDay, 'customers' | 'only'>) => {
    // Not prepared: only a plan that knows the dates reads the few partitions of the windows in the cheapest way.
    const { rows } = await tx.query<{ changed: string; first: string }>(
      metricStatement(model, { ...metricDay(model, day), ...part }),
    );
    fresh += Number(rows[0]!.first);
    return Number(rows[0]!.changed);
  };
  let changed = 0;
  if (which.only) {
    const missing = await customersWithoutMetrics(tx, which.customers);
    if (missing.length > 0) changed += await write({ customers: missing });
  }
  changed += await write(which);
  // The ledger is silent about who never had anything; lists sort a nought, not an unknown.
  if (fresh > 0 && day.mode === 'current') await tx.query('update customer set aum = 0 where aum is null');
  return { changed };
}

async function customersWithoutMetrics(tx: Transaction, among: readonly string[] | undefined): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    sql`select c.id from customer c left join customer_metric m on m.customer_id = c.id
      where m.customer_id is null${among ? sql` and c.id = any(${among}::bigint[])` : sql``}`,
  );
  return rows.map(({ id }) => id);
}

/** An engine that reads one metric alone from the histories as they are; null when they do not hold its days. */
export async function engineOfMetric(db: Queryable, model: Model, day: FactsDay, code: string): Promise<Engine | null> {
  const { accumulators } = await readState(db);
  const layout = accumulators && fitted(model, accumulators, code);
  return layout && layout.readings.length > 0 ? engineOf(model, { ...day, layout }) : null;
}

/** The engine of a day. */
export function engineOf(model: Model, day: FactsDay): Engine {
  const { books, parameters, expressions } = day;
  const conversion: Conversion = { currency: books.currency, rates: ratesOf(parameters), expressions };
  return { model, standing: standingOf(day.layout, day.date, calendarOf(model, day)), conversion };
}

const standings = new WeakMap<Layout, { date: BusinessDate; calendar: WorkCalendar; found: Standing }>();

function standingOf(layout: Layout, date: BusinessDate, calendar: WorkCalendar): Standing {
  const known = standings.get(layout);
  if (known?.date === date && known.calendar === calendar) return known.found;
  const found = standing(layout, date, calendar);
  standings.set(layout, { date, calendar, found });
  return found;
}

const calendarOf = (model: Model, day: FactsDay): WorkCalendar => workCalendar(model, day.books.calendar);

function ratesOf(parameters: ParameterValues): Record<string, string> {
  const rates = parameters.get('exchange_rates');
  return typeof rates === 'object' ? rates : {};
}

function assetClasses(model: Model): string[] {
  const classes = fieldOf(model.entity('product'), 'class')!.options!.map(({ code }) => code);
  return classes.filter((code) => !NO_ASSETS.includes(code));
}

/** A day as the SQL of metrics needs it. */
export function metricDay(model: Model, day: FactsDay): MetricDay {
  return {
    date: day.date,
    currency: day.books.currency,
    rates: ratesOf(day.parameters),
    expressions: day.expressions,
    carriedFrom: null,
    mode: day.mode,
    calendar: calendarOf(model, day),
  };
}

/**
 * Writes the whole AUM ledger from the first fact to the date at once, and the state of that date: seconds for years of history. Nothing
 * else may write meanwhile. The days after it are run as usual. `inTurn`: all transactions of `database` are one.
 */
export async function rebuildAumHistory(
  database: Database,
  model: Model,
  books: Books,
  date: BusinessDate,
  options: { inTurn: boolean } = { inTurn: false },
): Promise<AumResult> {
  const day = await database.transaction((tx) => openFactsDay(tx, model, books, date, true));
  const result = await rebuildAum(database, aumDay(model, { ...day, mode: 'current' }), options);
  await database.query('update facts_state set as_of = $1, definitions = null, accumulators = null', [date]);
  return result;
}
