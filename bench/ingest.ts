import { copyIn, copyText, type Database } from '#database';
import { addDays } from '#kernel';
import { columnOf, fieldOf } from '#metadata';
import { type FactBatch, ingestFacts, refresh } from '#rules';
import { type Book, dayContext, eventSource, LAST, makeBook, openBook } from './book.ts';
import { multiplyBook } from './book-copies.ts';
import { atMost, type Bench } from './harness.ts';
import { withoutIndexes } from './indexes.ts';
import { type Figures, interleaved, measure } from './measure.ts';

const CUSTOMERS = 100_000;
/** Facts of one round of a variant, whatever the scale: two of the largest batches. */
const ROUND = 40_000;
/** With fewer customers nothing is measured: that it works is tried out. */
const MEASURED_FROM = 5_000;
const TRIED_OUT_ROUND = 500;
/** Data design T1: against a raw COPY of the same rows into the same partitions with their keys. */
const RATIO_5K_MAX = 1 / 0.22;
const RATIO_20K_MAX = 1 / 0.33;
/** T9: ten times the customers. */
const GROWTH_MAX = 1.3;

/**
 * New facts of the current day: written, folded into histories and metrics, tiers and tags of their customers set anew, against a raw COPY
 * of the same rows. Balances and assets follow in the background; what that costs is told beside it.
 */
export const bench: Bench = async ({ database, scale, random, clock, progress }) => {
  const customers = Math.max(1_000, Math.round(CUSTOMERS * scale));
  const round = customers < MEASURED_FROM ? TRIED_OUT_ROUND : ROUND;
  const model = await openBook(database);
  const ctx = dayContext(database, model, clock);
  const stage = progress.stage({
    zh: `生成 ${customers} 位客户及其流水`,
    en: `making ${customers} customers and their facts`,
  });
  let first = 10 ** 12;
  const source = (book: Book) => {
    first += 10 ** 9;
    return eventSource(model, random, book, first);
  };
  const ingest = (next: ReturnType<typeof source>, size: number) => async () => {
    for (let done = 0; done < round; done += size) await ingestFacts(ctx, next(Math.min(size, round - done), LAST));
    return round;
  };

  const tenth = await makeBook(ctx, Math.max(500, customers / 10));
  const few = source(tenth);
  const small = await interleaved(database, { 'batches of 5,000, a tenth of the customers': ingest(few, 5_000) });
  await database.query('truncate customer_change, customer_posted');
  const book = await multiplyBook(database, tenth, customers / tenth.customers);
  stage.end();
  const next = source(book);
  const copied = await rawTables(database);
  const measured = await interleaved(database, {
    'raw COPY, batches of 5,000': async () => {
      for (let done = 0; done < round; done += 5_000) await copied(next(Math.min(5_000, round - done), LAST));
      return round;
    },
    'batches of 500': ingest(next, 500),
    'batches of 5,000': ingest(next, 5_000),
    'batches of 20,000': ingest(next, 20_000),
  });
  // The events of all rounds lie in few customers: of one round alone it is told what following costs.
  await refresh(ctx);
  await ingest(next, 5_000)();
  const following = await measure(database, async () => {
    await refresh(ctx);
    return round;
  });
  const late = await measure(database, async () => {
    await ingestFacts(ctx, next(Math.min(5_000, round), addDays(LAST, -20)));
    return Math.min(5_000, round);
  });
  const raw = measured['raw COPY, batches of 5,000'];
  const ratio = (figures: Figures) => (figures.postgresUs ?? Number.NaN) / (raw.postgresUs ?? Number.NaN);
  const whole = (figures: Figures) => (figures.totalUs ?? Number.NaN) / (raw.totalUs ?? Number.NaN);
  const ofTenth = small['batches of 5,000, a tenth of the customers'];
  const at5k = measured['batches of 5,000'];
  return {
    figures: {
      ...book,
      perFact: { ...measured, ...small },
      followingPerFact: following,
      lateBatchPerFact: late,
      ratiosOfPostgres: [ratio(measured['batches of 500']), ratio(at5k), ratio(measured['batches of 20,000'])],
      ratiosOfAll: [whole(measured['batches of 500']), whole(at5k), whole(measured['batches of 20,000'])],
    },
    targets: [
      atMost('PostgreSQL CPU of the engine ÷ raw COPY, batches of 5,000', ratio(at5k), RATIO_5K_MAX),
      atMost('the same, batches of 20,000', ratio(measured['batches of 20,000']), RATIO_20K_MAX),
      atMost(
        'CPU per fact ÷ that of a tenth of the customers',
        (at5k.totalUs ?? Number.NaN) / (ofTenth.totalUs ?? Number.NaN),
        GROWTH_MAX,
      ),
    ],
  };
};

/** Tables like those of the facts, with their partitions, keys and rows; takes the same batches by COPY alone. */
async function rawTables(db: Database): Promise<(batches: FactBatch[]) => Promise<unknown>> {
  for (const table of ['transaction', 'login']) {
    await db.query(`drop table if exists raw_${table};
      create table raw_${table} (like ${table} including all) partition by range (business_date)`);
    const { rows } = await db.query<{ name: string; bound: string }>(
      `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
         from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass`,
      [table],
    );
    for (const { name, bound } of rows) await db.query(`create table raw_${name} partition of raw_${table} ${bound}`);
    await withoutIndexes(db, [`raw_${table}`], async () => {
      await db.transaction((tx) => tx.query(`insert into raw_${table} select * from ${table}`), {
        statementTimeoutMs: 0,
      });
    });
    await db.query(`vacuum analyze raw_${table}`);
  }
  return (batches) =>
    db.transaction(async (tx) => {
      for (const { target, rows } of batches) {
        const columns = ['id', 'source_key', ...target.columns.map((code) => columnOf(fieldOf(target.entity, code)!))];
        const text = rows.map((row) => `${row.map(copyText).join('\t')}\t${target.source}\n`).join('');
        await copyIn(tx, `copy raw_${target.entity.code} (${columns.join(', ')}, source) from stdin`, [text]);
      }
    });
}
