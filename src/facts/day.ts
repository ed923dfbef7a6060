import { hash } from 'node:crypto';
import type { Queryable, Sql, Statement, Transaction } from '#database';
import type { Context as ExpressionContext } from '#expressions';
import { addDays, type BusinessDate, Failure } from '#kernel';
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
import { kinds } from './failures.ts';
import { carried, metrics } from './metric-definition.ts';
import { metricStatement } from './metric-sql.ts';
import { type ParameterValues, packParameters, parameters, parameterValues } from './parameters.ts';
import { dayStatement } from './statement.ts';

/** What a day needs to know of the institution. */
export interface Books {
  /** IANA zone in which the days begin and end. */
  zone: string;
  /** Currency in which the books are kept. */
  currency: string;
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
  parameters: ParameterValues;
  /** Zone, business date and parameters for all expressions of the day. */
  expressions: ExpressionContext;
  /** The table with the stored metrics of the day. */
  metricTable: string;
}

interface State {
  asOf: BusinessDate | null;
  /** The carried metrics as they were when the state was written. */
  definitions: string | null;
}

async function readState(db: Queryable): Promise<State> {
  const { rows } = await db.query<State>('select as_of::text as "asOf", definitions from facts_state');
  return rows[0]!;
}

/** Opens a business date. `full` asks to read all facts instead of carrying the state of the last day forward. */
export async function openFactsDay(
  db: Queryable,
  model: Model,
  books: Books,
  date: BusinessDate,
  full: boolean,
): Promise<FactsDay> {
  const values = await parameterValues(db, model, books.currency);
  for (const { code, type } of parameters(model)) {
    if (type !== 'rates' && !values.has(code)) {
      throw new Failure(kinds.parameter_without_value, { code, currency: books.currency });
    }
  }
  const { asOf, definitions } = await readState(db);
  const mode = asOf !== null && date < asOf ? 'earlier' : 'current';
  const carry = mode === 'current' && !full && definitions === carriedDefinitions(model);
  return dayOf(books, date, mode, carry ? asOf : null, values);
}

function dayOf(
  books: Books,
  date: BusinessDate,
  mode: DayMode,
  carriedFrom: BusinessDate | null,
  parameters: ParameterValues,
): FactsDay {
  const expressions = { zone: books.zone, values: { ...Object.fromEntries(parameters), business_date: date } };
  return { date, books, mode, carriedFrom, parameters, expressions, metricTable: dayTable('customer_metric', mode) };
}

/** A usual day with the packs' parameters, to show what statements look like; no database is asked. */
export function exampleDay(model: Model, books: Books, date: BusinessDate): FactsDay {
  return dayOf(books, date, 'current', addDays(date, -1), packParameters(model, books.currency));
}

/** The statements of a day in this room, to be shown. */
export function factsStatements(model: Model, day: FactsDay): { name: string; statement: Statement }[] {
  const { classes, currency } = aumDay(model, day);
  const values = [day.date, currency, addDays(day.date, -1), day.date];
  return [
    { name: 'AUM: the rows of the ledger', statement: dayStatement(stepsText(classes), values) },
    { name: 'Metrics: one scan per entity, one write', statement: metricsOf(model, day) },
  ];
}

/** A metric that is carried from day to day must be read anew when its definition changes. */
function carriedDefinitions(model: Model): string {
  const texts = metrics(model).filter(({ measure }) => measure && carried(measure));
  return hash('sha256', JSON.stringify(texts.map(({ code, unit, measure }) => ({ code, unit, measure }))), 'hex');
}

/** Takes the AUM snapshot of the day. */
export async function takeSnapshot(tx: Transaction, model: Model, day: FactsDay): Promise<AumResult> {
  const { asOf } = await readState(tx);
  return await snapshotAum(tx, aumDay(model, day), asOf, day.carriedFrom === null);
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
  }
  // Not prepared: only a plan that knows the dates reads the few partitions of the windows in the cheapest way.
  const { rows } = await tx.query<{ changed: string; first: string }>(metricsOf(model, day));
  const { changed, first } = rows[0]!;
  // The ledger is silent about who never had anything; lists sort a nought, not an unknown.
  if (day.mode === 'current' && first !== '0') await tx.query('update customer set aum = 0 where aum is null');
  if (day.mode === 'current') {
    const definitions = carriedDefinitions(model);
    await tx.query('update facts_state set as_of = $1, definitions = $2', [day.date, definitions]);
    // A day from nothing rewrites these tables whole; the days after it must not be planned as if they were empty.
    if (day.carriedFrom === null)
      await tx.query('analyze account_balance, customer_aum, customer_metric, customer, account');
  }
  return Number(changed);
}

function ratesOf(parameters: ParameterValues): Record<string, string> {
  const rates = parameters.get('exchange_rates');
  return typeof rates === 'object' ? rates : {};
}

function assetClasses(model: Model): string[] {
  const classes = fieldOf(model.entity('product'), 'class')!.options!.map(({ code }) => code);
  return classes.filter((code) => !NO_ASSETS.includes(code));
}

function metricsOf(model: Model, day: FactsDay): Sql {
  const dayBefore = addDays(day.date, -1);
  return metricStatement(model, {
    date: day.date,
    currency: day.books.currency,
    rates: ratesOf(day.parameters),
    expressions: day.expressions,
    // The day itself is read again: it may be run a second time with more facts.
    carriedFrom: day.carriedFrom !== null && day.carriedFrom > dayBefore ? dayBefore : day.carriedFrom,
    mode: day.mode,
  });
}

/**
 * Writes the whole AUM ledger from the first fact to the date in one statement, and the state of that date: seconds for years of
 * history. The days after it are run as usual.
 */
export async function rebuildAumHistory(
  tx: Transaction,
  model: Model,
  books: Books,
  date: BusinessDate,
): Promise<AumResult> {
  const day = await openFactsDay(tx, model, books, date, true);
  const result = await rebuildAum(tx, aumDay(model, { ...day, mode: 'current' }));
  await tx.query('update facts_state set as_of = $1, definitions = null', [date]);
  return result;
}
