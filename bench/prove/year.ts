import assert from 'node:assert/strict';
import type { Database } from '#database';
import { runDueJobs } from '#jobs';
import { addDays, type BusinessDate, daysBetween, fixedClock, instantAt } from '#kernel';
import { type Model, recordId } from '#metadata';
import { writeBulk } from '#records';
import { allJobHandlers, allSchedules } from '../../src/server/background.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { CampaignContext, Prove } from '../harness.ts';
import type { Random } from '../random.ts';
import { type Expected, expectedOf, isLunarKnown, type Life } from './year-oracle.ts';

const ZONE = 'Asia/Shanghai';
const SOURCE = 'prove';
const CUSTOMERS = 10_000;
const DAYS = 365;
/** A leap day, the lunar new year and the holidays around it lie in every run that is long enough to begin here. */
const FROM = '2024-01-25';
const DAYS_MIN = 45;
/** One day in so many nobody is at work: the dates of an outage are caught up when it ends. */
const OUTAGE_EVERY = 12;
const OUTAGE_DAYS_MAX = 6;

/**
 * A year of business dates that run by themselves, with outages and second runs: every birthday (29 February and lunar ones too),
 * anniversary, maturity and quarter has its alert on its own date, once, and nobody else has one. What is expected is worked out from
 * the customers alone, day by day, by other code.
 */
export const prove: Prove = async (ctx, trials) => {
  const { database, random } = ctx;
  const model = packModel();
  const customers = Math.max(150, Math.round(CUSTOMERS * ctx.scale));
  const length = Math.min(DAYS, Math.max(DAYS_MIN, Math.round(DAYS * Math.sqrt(ctx.scale))));
  await migrate(database, model);
  const lives = Array.from({ length: customers }, (_, index) => lifeOf(String(index), random));
  await settle(database, model, lives);
  const until = addDays(FROM, length - 1);
  const outages = await live(ctx, model, until);
  const expected = expectedOf(lives, FROM, until);
  const found = await alertsOf(database, [...new Set(expected.map(({ rule }) => rule))]);
  const keyOf = ({ rule, customer, date, mark }: Expected) => `${rule} ${customer} ${date} ${mark}`;
  const wanted = new Map(expected.map((each) => [keyOf(each), each]));
  const there = Map.groupBy(found, keyOf);
  for (const [rule, own] of Map.groupBy(expected, (each) => each.rule)) {
    await trials.trial(`${rule}: ${own.length} occasions, none missed, none doubled, none else`, () => {
      const missed = own.filter((each) => !there.has(keyOf(each)));
      const others = found.filter((each) => each.rule === rule && !wanted.has(keyOf(each)));
      const doubled = own.filter((each) => (there.get(keyOf(each))?.length ?? 0) > 1);
      assert.deepEqual(
        { missed: missed.slice(0, 5), others: others.slice(0, 5), doubled: doubled.slice(0, 5) },
        { missed: [], others: [], doubled: [] },
      );
    });
  }
  await trials.trial('every date was run once for itself, and each alert has its task once', async () => {
    const { rows } = await database.query<{ days: number; tasks: number; keys: number }>(
      `select (select count(*)::integer from business_day where status = 'done' and date between $1 and $2) as days,
         (select count(*)::integer from task where rule is not null) as tasks,
         (select count(distinct (customer_id, rule, occasion))::integer from task where rule is not null) as keys`,
      [FROM, until],
    );
    assert.equal(rows[0]!.days, length);
    assert.equal(rows[0]!.tasks, rows[0]!.keys);
  });
  await trials.trial('a planted birthday that nobody was told of is found', () => {
    const one = expected.find(({ rule }) => rule.startsWith('birthday'))!;
    assert.ok(there.has(keyOf(one)) && !there.has(keyOf({ ...one, date: addDays(one.date, 1) })));
  });
  return { customers, days: length, outages, occasions: expected.length, leapDay: until >= '2024-02-29' };
};

/** Born, opened and invested on dates that like to be awkward. */
function lifeOf(key: string, random: Random): Life {
  const year = 1935 + random.below(70);
  const leap = year - (year % 4);
  const anyDate = (of: number) => addDays(`${of}-01-01`, random.below(365));
  const birth = random.next() < 0.06 ? `${leap}-02-29` : anyDate(year);
  const openedOn = random.next() < 0.04 ? `${2000 + 4 * random.below(6)}-02-29` : anyDate(2005 + random.below(18));
  const holdings = Array.from({ length: random.below(3) }, (_, at) => ({
    key: `${key}-${at}`,
    policy: random.next() < 0.25,
    maturity: addDays(FROM, 31 + random.below(DAYS)),
    value: random.pick(['1000', '499999.99', '500000', '2000000']),
  }));
  return { key, birth, lunar: random.next() < 0.3 && isLunarKnown(birth), openedOn, holdings };
}

const customerId = (key: string) => recordId('customer', SOURCE, key);

async function settle(database: Database, model: Model, lives: readonly Life[]): Promise<void> {
  const write = async (entity: string, columns: string[], rows: (string | null)[][]) => {
    const lines = rows.map(([key, ...values]) => [recordId(entity, SOURCE, key!), key!, ...values]);
    const target = { entity: model.entity(entity), columns, source: SOURCE, asOf: FROM };
    await database.transaction((tx) => writeBulk(tx, target, [lines]));
  };
  await write(
    'product',
    ['name', 'code', 'class'],
    [
      ['wealth', '稳健理财', 'W', 'wealth'],
      ['policy', '年金保险', 'P', 'insurance'],
    ],
  );
  await write(
    'customer',
    ['name', 'number', 'kind', 'birth_date', 'birthday_calendar', 'since', 'status'],
    lives.map(({ key, birth, lunar, openedOn }) => [
      key,
      `客户${key}`,
      key,
      'person',
      birth,
      lunar ? 'lunar' : 'solar',
      openedOn,
      'active',
    ]),
  );
  await write(
    'account',
    ['customer', 'number', 'kind', 'currency', 'opened_on'],
    lives.map(({ key, openedOn }) => [key, customerId(key), key, 'current', 'CNY', openedOn]),
  );
  await write(
    'holding',
    ['customer', 'product', 'market_value', 'bought_on', 'maturity_date'],
    lives.flatMap(({ key, holdings }) =>
      holdings.map((each) => [
        each.key,
        customerId(key),
        recordId('product', SOURCE, each.policy ? 'policy' : 'wealth'),
        each.value,
        '2023-06-01',
        each.maturity,
      ]),
    ),
  );
  await database.query(
    `insert into setting (key, value, updated_at) values ('automatic_days', '{"enabled": true, "at": "01:30", "date": "today"}', $1)`,
    [instantAt(ZONE, FROM, '00:00')],
  );
}

/** Lives through the dates: the program is there on most days, and some dates are run a second time. Returns the outages. */
async function live(ctx: CampaignContext, model: Model, until: BusinessDate): Promise<number> {
  const { database, random } = ctx;
  const clock = fixedClock(instantAt(ZONE, addDays(FROM, -1), '12:00').toISOString());
  const schedules = allSchedules(ZONE).filter(({ name }) => name === 'automatic_days');
  const failed: unknown[] = [];
  const options = {
    database,
    clock,
    handlers: allJobHandlers(model, ctx.folder),
    schedules,
    report: (error: unknown) => failed.push(error),
  };
  await runDueJobs(options);
  const total = daysBetween(FROM, until) + 1;
  const stage = ctx.progress.stage({ zh: '业务日', en: 'Business days' }, total);
  let outages = 0;
  let away = 0;
  for (let date = FROM; date <= until; date = addDays(date, 1)) {
    ctx.signal.throwIfAborted();
    const last = date === until;
    if (away > 0 && !last) {
      away -= 1;
      continue;
    }
    if (!last && date > FROM && random.below(OUTAGE_EVERY) === 0) {
      outages += 1;
      away = random.below(OUTAGE_DAYS_MAX);
      continue;
    }
    clock.set(instantAt(ZONE, date, '01:31').toISOString());
    await runDueJobs(options);
    stage.update(daysBetween(FROM, date) + 1);
  }
  stage.end();
  if (failed.length > 0) throw failed[0];
  return outages;
}

async function alertsOf(database: Database, rules: readonly string[]): Promise<Expected[]> {
  const { rows } = await database.query<Expected>(
    `select a.rule, c.number as customer, a.business_date::text as date, coalesce(h.source_key, '') as mark
       from alert a join customer c on c.id = a.customer_id left join holding h on h.id::text = a.subject_id and h.customer_id = c.id
      where a.rule = any($1::text[])`,
    [rules],
  );
  return rows;
}
