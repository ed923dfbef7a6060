import type { Database, Transaction } from '#database';
import { engineOfMetric, openFactsDay, scanHistories, takeSnapshot, updateMetrics } from '#facts';
import { addDays } from '#kernel';
import type { Model } from '#metadata';
import { ensurePartitions, writeBulk } from '#records';
import { runBusinessDay } from '#rules';
import { dayContext, eventSource, FACTS_A_DAY, LAST, makeBook, openBook } from './book.ts';
import { atMost, type Bench } from './harness.ts';
import { type Figures, interleaved, measure, medianFigures } from './measure.ts';

const CUSTOMERS = 100_000;
/** Data design T3; CPU-µs per customer are CPU-s per million. */
const NEW_RULE_US_MAX = 1;
const NEW_WINDOW_US_MAX = 4;
/** … or at most so much of the same read from raw facts. */
const NEW_WINDOW_RATIO_MAX = 0.1;
/** T4: the daily work on metrics, and what it may cost beside reading one family of metrics from raw facts every night. */
const DAY_US_MAX = 30;
const DAY_RATIO_MAX = 0.75;

/** A new window over what the histories hold. */
const WINDOW = { code: 'inflow_45d', days: 45 };

/** What a new rule, a new window and a new day cost, per customer. */
export const bench: Bench = async ({ database, scale, random, clock, progress }) => {
  const customers = Math.max(500, Math.round(CUSTOMERS * scale));
  const stage = progress.stage({
    zh: `生成 ${customers} 位客户及其流水`,
    en: `making ${customers} customers and their facts`,
  });
  const model = await openBook(database);
  const ctx = dayContext(database, model, clock);
  const book = await makeBook(ctx, customers);
  const next = addDays(LAST, 1);
  await ensurePartitions(database, model.entity('transaction'), [next.slice(0, 7)]);
  for (const { target, rows } of eventSource(
    model,
    random,
    book,
    10 ** 12,
  )(Math.round(customers * FACTS_A_DAY), next)) {
    await database.transaction((tx) => writeBulk(tx, target, [rows]));
  }
  await database.query('vacuum analyze customer_history, customer_metric, customer_tag, customer, transaction, login');
  stage.end();

  const books = { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' };
  const wider = withWindow(model);
  const metricsOfADay: Figures[] = [];
  const measured = await interleaved(database, {
    'new rule over metrics': async () => {
      await database.query('select count(*) from customer_metric where outflow_30d > 5000 and transactions_30d >= 3');
      return customers;
    },
    'new window from histories': async () => {
      let members = 0;
      await database.transaction(async (tx) => {
        const day = await openFactsDay(tx, wider, books, LAST, false);
        const engine = await engineOfMetric(tx, wider, day, WINDOW.code);
        await scanHistories(tx, engine!, (found) => {
          for (const { units } of found) if (Number(units[0]) > 5_000 * 100) members += 1;
        });
      });
      if (members === 0) throw new Error('nobody has a value');
      return customers;
    },
    'the same from raw facts': async () => {
      await database.query(
        `select count(*) from (select customer_id from transaction
           where business_date > date '${LAST}' - ${WINDOW.days} and business_date <= date '${LAST}' and direction = 'in'
             and kind <> 'purchase' and kind <> 'redemption' group by customer_id having sum(amount) > 5000) x`,
      );
      return customers;
    },
    'one family from raw facts, every night': async () => {
      await database.query(
        `select count(*), sum(a), sum(b), sum(c), sum(d), sum(e) from (
           select customer_id, count(*) filter (where business_date > date '${LAST}' - 30) as a,
             sum(amount) filter (where direction = 'in' and business_date > date '${LAST}' - 30) as b,
             sum(amount) filter (where direction = 'out' and business_date > date '${LAST}' - 30) as c,
             sum(amount) filter (where direction = 'in') as d, sum(amount) filter (where direction = 'out') as e
             from transaction where business_date > date '${LAST}' - 90 and business_date <= date '${LAST}' group by customer_id) x`,
      );
      return customers;
    },
    'the next day: assets and metrics': async () => {
      metricsOfADay.push(await rolled(database, model, books, next, customers));
      return customers;
    },
  });
  const whole = await measure(database, async () => {
    await runBusinessDay(ctx, next);
    return customers;
  });
  const us = (name: keyof typeof measured) => measured[name].totalUs ?? Number.NaN;
  const ofWindow = us('new window from histories');
  // The first of them only warmed up.
  const ofMetrics = medianFigures(metricsOfADay.slice(1));
  const ofDay = ofMetrics.totalUs ?? Number.NaN;
  return {
    figures: {
      ...book,
      perCustomer: measured,
      nextDayPerCustomer: whole,
      metricsOfADay: ofMetrics,
    },
    targets: [
      atMost('CPU-s per 1 M customers: new rule over metrics', us('new rule over metrics'), NEW_RULE_US_MAX),
      atMost('CPU-s per 1 M customers: new window from histories', ofWindow, NEW_WINDOW_US_MAX),
      atMost('the same ÷ from raw facts', ofWindow / us('the same from raw facts'), NEW_WINDOW_RATIO_MAX),
      atMost('CPU-s per 1 M customers: metrics of a day', ofDay, DAY_US_MAX),
      atMost(
        'the same ÷ one family from raw facts, every night',
        ofDay / us('one family from raw facts, every night'),
        DAY_RATIO_MAX,
      ),
    ],
  };
};

/** The packs with one more window. */
function withWindow(model: Model): Model {
  const known = model.data('metrics').find(({ value }) => value.code === 'inflow_90d')!;
  const measure = { ...(known.value.measure as object), days: WINDOW.days };
  const entry = { file: 'bench', value: { ...known.value, code: WINDOW.code, measure } };
  return { ...model, data: (name) => (name === 'metrics' ? [...model.data(name), entry] : model.data(name)) };
}

const undone = new Error('undone');

/** The next day up to its metrics, taken back again; returns what the metrics took. */
async function rolled(
  database: Database,
  model: Model,
  books: { zone: string; currency: string; calendar: string },
  date: string,
  customers: number,
): Promise<Figures> {
  let figures: Figures | undefined;
  const steps = async (tx: Transaction) => {
    const day = await openFactsDay(tx, model, books, date, false);
    await takeSnapshot(tx, model, day);
    figures = await measure(database, async () => {
      await updateMetrics(tx, model, day);
      return customers;
    });
    throw undone;
  };
  await database.transaction(steps, { statementTimeoutMs: 0 }).catch((error) => {
    if (error !== undone) throw error;
  });
  return figures!;
}
