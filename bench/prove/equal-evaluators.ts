import assert from 'node:assert/strict';
import { type Database, ident, join, raw, type Sql, sql } from '#database';
import { compile, type Expression, expressionFailures, panelOf, type Context as RunContext } from '#expressions';
import { type CustomerReader, customerReader, metricJoins, type Name, type Vocabulary } from '#facts';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import { membershipVocabulary } from '#rules';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { Prove } from '../harness.ts';
import type { Random } from '../random.ts';
import { conditions } from './random-conditions.ts';
import { fillAnything } from './random-customers.ts';

const CONDITIONS = 500;
const CUSTOMERS = 250;
/** Conditions that are evaluated in one trial. */
const PER_TRIAL = 20;
const DAYS = ['2024-02-29', '2026-03-01', '2026-11-20'];

type Row = Record<string, unknown>;

/**
 * One language, two evaluators: random conditions over everything that rules may speak of (fields, calculated and stored metrics,
 * parameters, tags, related records), evaluated in memory and as SQL over random customers, must say the same: as a value of three
 * (true, false, unknown) and as a filter.
 */
export const prove: Prove = async (ctx, trials) => {
  const { database, random } = ctx;
  const model = packModel();
  await migrate(database, model);
  const customers = Math.max(40, Math.round(CUSTOMERS * Math.min(1, ctx.scale * 2)));
  await fillAnything(database, model, random, customers);
  const words = membershipVocabulary(model);
  const world = await readWorld(database, model, words);
  const counted = { pairs: 0, conditions: 0, refused: 0, holding: 0, unknown: 0 };
  const wanted = Math.max(40, Math.round(CONDITIONS * ctx.scale));
  const stage = ctx.progress.stage({ zh: '条件', en: 'Conditions' }, wanted);
  const make = conditions(world.words.names, random);
  for (let done = 0; done < wanted; done += PER_TRIAL) {
    ctx.signal.throwIfAborted();
    const texts = Array.from({ length: PER_TRIAL }, make);
    await trials.trial(`conditions ${done + 1} to ${done + PER_TRIAL}`, async () => {
      for (const text of texts) await compare(database, model, world, runOf(model, random), text, counted);
    });
    stage.update(Math.min(done + PER_TRIAL, wanted));
  }
  stage.end();
  await trials.trial('enough was compared, and conditions hold, fail and stay unknown', () => {
    assert.ok(counted.pairs >= wanted * customers, JSON.stringify(counted));
    assert.ok(counted.holding > counted.pairs / 50 && counted.unknown > counted.pairs / 100, JSON.stringify(counted));
    assert.ok(counted.refused < wanted / 4, JSON.stringify(counted));
  });
  await trials.trial('a planted difference is found', async () => {
    const wrong = { ...world, rows: world.rows.map((row) => ({ ...row, aum: row.aum === null ? '1' : null })) };
    await assert.rejects(compare(database, model, wrong, runOf(model, random), 'aum = null', { ...counted }));
  });
  return { customers, ...counted };
};

interface World {
  words: Vocabulary;
  reader: CustomerReader;
  /** What stands in the columns; the calculated metrics follow for each run. */
  rows: Row[];
}

/** Parameters of one run, with values at random. */
function runOf(model: Model, random: Random): RunContext {
  const parameters = model
    .data('parameters')
    .filter(({ value }) => value.type !== 'rates')
    .map(({ value }) => [
      value.code as string,
      random.pick(['0', '1', '30', '15', '0.5', '50000', '1000000', '5000000']),
    ]);
  return {
    zone: random.pick(['Asia/Shanghai', 'Europe/Prague']),
    values: { ...Object.fromEntries(parameters), business_date: random.pick(DAYS) },
  };
}

/** The names that memory can hold (no metrics over households) with the rows in memory, lists included. */
async function readWorld(database: Database, model: Model, all: Vocabulary): Promise<World> {
  const codes = Object.entries(all.names).filter(([, name]) => name.given !== 'context');
  const isAside = (code: string, name: Name) => name.list !== undefined || /^(tag|segment)_/.test(code);
  const known = codes.filter(([code, name]) => !isAside(code, name) && customerReader(model, [code]) !== null);
  const reader = customerReader(
    model,
    known.map(([code]) => code),
  )!;
  const aside = codes.filter(([code, name]) => isAside(code, name) && !name.list);
  const columns = [
    sql`c.id`,
    ...reader.columns,
    ...aside.map(([code, name]) => sql`${placed(name.sql!)} as ${raw(ident(code).sql)}`),
  ];
  const { rows } = await database.query<Row>(
    sql`select ${join(columns, ', ')} from customer c join customer_metric m on m.customer_id = c.id order by c.id`,
  );
  const lists = codes.filter(([, name]) => name.list);
  for (const [code, name] of lists) await readList(database, rows, code, name);
  const kept = new Set([...known, ...aside, ...lists].map(([code]) => code));
  const names = Object.fromEntries(
    Object.entries(all.names).filter(([code, name]) => name.given === 'context' || kept.has(code)),
  );
  return { words: { names, scope: all.scope }, reader, rows };
}

const placed = (place: Sql | string): Sql => (typeof place === 'string' ? raw(place) : place);

async function readList(database: Database, rows: Row[], code: string, { list }: Name): Promise<void> {
  const fields = Object.entries(list!.fields).filter(([spelling, { key }]) => key === spelling);
  const columns = fields.map(([key, field]) => sql`${placed(field.sql!)} as ${raw(ident(key).sql)}`);
  const rowsOf = sql`select ${join(columns, ', ')} from ${placed(list!.sql!.from)} where ${placed(list!.sql!.where)}`;
  const { rows: items } = await database.query<Row>(
    sql`select c.id as "of customer", l.* from customer c cross join lateral (${rowsOf}) l`,
  );
  const byCustomer = Map.groupBy(items, (item) => item['of customer']);
  for (const row of rows) row[code] = byCustomer.get(row.id) ?? [];
}

interface Counted {
  pairs: number;
  conditions: number;
  refused: number;
  holding: number;
  unknown: number;
}

async function compare(
  database: Database,
  model: Model,
  { words, reader, rows }: World,
  run: RunContext,
  text: string,
  counted: Counted,
): Promise<void> {
  let expression: Expression;
  let value: Sql;
  try {
    expression = compile(text, words.scope, 'boolean');
    value = expression.sql(run);
  } catch (error) {
    // The compiler bounds what a condition may cost; what it refuses is refused for both.
    if (!(error instanceof Failure) || error.kind === expressionFailures.syntax) throw error;
    counted.refused += 1;
    return;
  }
  const panel = panelOf([expression]);
  const inMemory = rows.map((row) => {
    const whole = { ...row };
    reader.complete(whole, run);
    const value = expression.evaluate(whole, run);
    panel.take(whole, run);
    assert.equal(panel.value(0), value, `${text}\nof customer ${row.id}: alone and beside others`);
    return value;
  });
  const asked = expression.names.filter((code) => !words.names[code]?.list);
  const found = await database.query<{ value: boolean | null; chosen: boolean }>(
    sql`select ${value} as value, coalesce(${expression.where(run)}, false) as chosen from customer c
${metricJoins(model, 'customer_metric', run, asked)} order by c.id`,
  );
  for (const [at, memory] of inMemory.entries()) {
    const { value: bySql, chosen } = found.rows[at]!;
    const said = `${text}\nof customer ${rows[at]!.id} on ${run.values!.business_date}`;
    assert.equal(bySql, memory, `${said}: memory and SQL`);
    assert.equal(chosen, memory === true, `${said}: memory and filter`);
    counted.pairs += 1;
    if (memory === true) counted.holding += 1;
    if (memory === null) counted.unknown += 1;
  }
  counted.conditions += 1;
}
