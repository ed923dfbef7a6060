import { openStoredDay, workCalendar } from '#facts';
import { withDefinitions } from '#metadata';
import type { BulkRow } from '#records';
import { ingestFacts, ruleStatement, rules } from '#rules';
import { dayContext, eventSource, LAST, makeBook, openBook } from './book.ts';
import { CONDITIONS_US_MAX, twentyConditions } from './conditions.ts';
import { atMost, type Bench } from './harness.ts';
import { interleaved, percentiles } from './measure.ts';
import { type OpenLoop, openLoop } from './open-loop.ts';

const CUSTOMERS = 100_000;
const SINGLES = 200;
/** Of each kind in a turn that measures CPU, and turns in a round. */
const ROUND = 5;
const TURNS = 10;
/** Data design T2: one event with its alert, against one durable update of a row. */
const ALERT_RATIO_MAX = 1.5;
/** The same of one in a hundred at the highest of the rates. */
const OPEN_RATIO_MAX = 15;
const RATES = [100, 1_000];
const OPEN_SECONDS = 5;
/** T3: CPU seconds of a rule over metrics that are there, per million customers. */
const RULE_CPU_S_MAX = 1;
/** Looks at each customer in memory in a round. */
const ROUNDS = 50;

const text = (zh: string) => ({ zh, en: zh });
const task = {
  title: text('大额转出'),
  reason: text('转出 {event_amount}'),
  script: text('您好'),
  priority: 'high',
  due: { working_hours: 2 },
};
const live = {
  code: 'bench_live',
  label: text('每一笔'),
  when: { fact: 'transaction' },
  if: 'event_amount > 0 and outflow_1d >= 0',
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: [{ task }],
};
/** As many of the transactions as a bank may want to be told of at once: about one in twenty. */
const OUTSTANDING = 6_310;
const rare = { ...live, code: 'bench_rare', if: `event_amount > ${OUTSTANDING} and outflow_1d >= 0` };
const standing = {
  code: 'bench_standing',
  label: text('全体'),
  when: 'day',
  if: 'aum > 4000000 and outflow_30d > 100000 and days_since_login >= 40',
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: [{ task: { ...task, reason: text('资产 {aum}') } }],
};

/** How soon an event is an alert, what a new rule costs over everybody, and what conditions cost in memory. */
export const bench: Bench = async ({ database, scale, random, clock, progress }) => {
  const customers = Math.max(1_000, Math.round(CUSTOMERS * scale));
  const packs = await openBook(database);
  const modelWith = (bodies: readonly { code: string }[]) =>
    withDefinitions(packs, [
      ...packs
        .data('rules')
        .map(({ value }) => ({ kind: 'rules' as const, code: String(value.code), version: 1, body: null })),
      ...bodies.map((body) => ({ kind: 'rules' as const, code: body.code, version: 1, body })),
    ]);
  const model = modelWith([live, standing]);
  const ctx = dayContext(database, model, clock);
  const stage = progress.stage({ zh: `生成 ${customers} 位客户`, en: `making ${customers} customers` });
  const book = await makeBook(dayContext(database, packs, clock), customers);
  stage.end();

  const next = eventSource(model, random, book, 10 ** 12);
  const transactions = () => {
    for (;;) {
      const [batch] = next(1, LAST);
      if (batch!.rows.length > 0) return [batch!];
    }
  };
  const without = { ...ctx, model: modelWith([standing]) };
  const update = (index: number) =>
    database.query('update account set status = status where id = $1 and customer_id = $1', [
      String(1 + ((index * 7) % customers)),
    ]);
  await percentiles(30, () => ingestFacts(ctx, transactions()));
  const updated = await percentiles(SINGLES, update);
  const alone = await percentiles(SINGLES, () => ingestFacts(without, transactions()));
  const alerted = await percentiles(SINGLES, () => ingestFacts(ctx, transactions()));
  const again = await percentiles(SINGLES, update);
  const repeated = (work: (index: number) => Promise<unknown>) => async () => {
    for (let index = 0; index < ROUND; index += 1) await work(index);
    return ROUND;
  };
  const cpu = await interleaved(
    database,
    {
      durableUpdate: repeated(update),
      eventAlone: repeated(() => ingestFacts(without, transactions())),
      eventWithAlert: repeated(() => ingestFacts(ctx, transactions())),
    },
    { turns: TURNS },
  );
  const some = { ...ctx, model: modelWith([rare, standing]) };
  // As in a program that has been running: its statements are planned and have found somebody.
  await percentiles(SINGLES, () => ingestFacts(some, transactions()));
  const open: Record<string, OpenLoop> = {};
  for (const perSecond of RATES) {
    const [batch] = next(Math.ceil(perSecond * OPEN_SECONDS * 1.5), LAST);
    const amountAt = batch!.target.columns.indexOf('amount') + 2;
    const events = batch!.rows.slice(0, perSecond * OPEN_SECONDS);
    const ingest = (rows: readonly BulkRow[]) => ingestFacts(some, [{ ...batch!, rows: [...rows] }]);
    open[perSecond] = await openLoop(events, perSecond, (row) => Number(row[amountAt]) > OUTSTANDING, ingest);
  }
  const { rows: counted } = await database.query<{ alerts: number }>('select count(*)::integer as alerts from alert');

  const facts = (await openStoredDay(database, model, { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' }))!;
  const day = { ...facts, calendar: workCalendar(model, 'cn'), now: clock(), live: false, onTime: false };
  const rule = rules(model).find(({ definition }) => definition.code === standing.code)!;
  const statement = ruleStatement(model, rule, day)!;
  const { everybody } = await interleaved(database, {
    everybody: async () => {
      await database.transaction((tx) => tx.query(statement), { statementTimeoutMs: 0 });
      return customers;
    },
  });

  const twenty = twentyConditions(packs);
  const rows = await twenty.read(database);
  for (const row of rows) twenty.reader.complete(row, day.expressions);
  const { twentyInMemory } = await interleaved(database, {
    twentyInMemory: async () => {
      let holding = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const row of rows) holding += twenty.holding(row, day.expressions);
      }
      if (holding === 0) throw new Error('no condition held');
      return ROUNDS * rows.length;
    },
  });

  const durable = Math.min(updated.p50Ms, again.p50Ms);
  const perMillion = everybody.totalUs ?? Number.NaN;
  return {
    figures: {
      customers,
      durableUpdate: updated,
      durableUpdateAfter: again,
      eventAlone: alone,
      eventWithAlert: alerted,
      cpu,
      open,
      alerts: counted[0]!.alerts,
      newRulePerCustomer: everybody,
      conditions: { different: twenty.different, perCustomer: twentyInMemory },
    },
    targets: [
      atMost('event to committed alert ÷ one durable update, p50', alerted.p50Ms / durable, ALERT_RATIO_MAX),
      atMost(
        'event to committed alert at 1,000 events a second ÷ one durable update, p99',
        open[1_000]!.looked.p99Ms / durable,
        OPEN_RATIO_MAX,
      ),
      atMost('CPU seconds of a new rule over existing metrics, per million customers', perMillion, RULE_CPU_S_MAX),
      atMost('µs of Node for twenty conditions over a customer in memory', twentyInMemory.nodeUs, CONDITIONS_US_MAX),
    ],
  };
};
