import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from '#jobs';
import { ingestFacts, jobHandlers, runBusinessDays, startRefresher } from './public.ts';
import { type TestBank, testBank, testRule, withRules } from './testing.ts';

const DAY = '2026-03-02';

/** While the program runs: what is written is followed. */
async function whileRunning(bank: TestBank, work: () => Promise<void>): Promise<void> {
  const { database, clock, model } = bank.ctx;
  const errors: unknown[] = [];
  const report = (error: unknown) => errors.push(error);
  const worker = await startWorker({ database, clock, handlers: jobHandlers(model), report });
  const refresher = await startRefresher({ database, clock, model: () => model, report });
  try {
    await work();
  } finally {
    await refresher.stop();
    await worker.stop();
  }
  assert.deepEqual(errors, []);
}

const alerts = async (bank: TestBank) =>
  (
    await bank.rows<{ told: string }>(
      `select concat_ws(' ', a.business_date, a.rule, c.name) as told from alert a join customer c on c.id = a.customer_id order by told`,
    )
  ).map(({ told }) => told);

/** Until every record was looked at. The test ends after its time if that does not come. */
async function seen(bank: TestBank, key: string, rule: string): Promise<void> {
  for (;;) {
    const { length } = await bank.rows(
      `select from rule_record k where k.rule = $1 and k.record_id = $2 and k.seen = (select md5(row(e.product_id, e.severity)::text) from announcement e where e.id = k.record_id)`,
      [rule, bank.id('announcement', key)],
    );
    if (length > 0) return;
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function bankWithNews(more: Record<string, unknown>[] = []): Promise<TestBank> {
  const bank = withRules(await testBank(), [
    testRule('news', { subject: 'holding', when: { record: 'announcement' }, if: 'event_severity = "major_bad"' }),
    ...more,
  ]);
  for (const key of ['p', 'q']) await bank.add('product', [{ key, name: key, code: key, class: 'stock' }]);
  for (const key of ['a', 'b', 'c']) await bank.customer(key);
  const holding = (key: string, customer: string, product: string) => ({ key, customer, product, market_value: '1' });
  await bank.add('holding', [holding('1', 'a', 'p'), holding('2', 'b', 'p'), holding('3', 'c', 'q')]);
  await announce(bank, 'old', 'p', 'bad');
  await runBusinessDays(bank.ctx, DAY, DAY, { onTime: true });
  return bank;
}

const announce = (bank: TestBank, key: string, product: string, severity: string, title = key) =>
  bank.add('announcement', [{ key, product, title, at: '2026-03-01T01:00:00Z', severity }]);

test('an announcement acts as soon as it is written, and the run of the day finds nothing left', {
  timeout: 60_000,
}, async () => {
  const bank = await bankWithNews();
  assert.deepEqual(await alerts(bank), []);
  await whileRunning(bank, async () => {
    await announce(bank, 'minor', 'p', 'bad');
    await seen(bank, 'minor', 'news');
    assert.deepEqual(await alerts(bank), []);
    await announce(bank, 'new', 'p', 'major_bad');
    await seen(bank, 'new', 'news');
    assert.deepEqual(await alerts(bank), [`${DAY} news a`, `${DAY} news b`]);
  });
  const tasks = await bank.rows('select id, version from task order by id');
  assert.equal(tasks.length, 2);
  await runBusinessDays(bank.ctx, DAY, '2026-03-04');
  assert.deepEqual(await alerts(bank), [`${DAY} news a`, `${DAY} news b`]);
  assert.deepEqual(await bank.rows('select id, version from task order by id'), tasks);
});

test('a changed announcement is asked again when it changed in what the rule asks for, and alerts nobody twice', {
  timeout: 60_000,
}, async () => {
  const bank = await bankWithNews();
  await whileRunning(bank, async () => {
    await announce(bank, 'minor', 'q', 'bad');
    await seen(bank, 'minor', 'news');
    await announce(bank, 'minor', 'q', 'major_bad');
    await seen(bank, 'minor', 'news');
    assert.deepEqual(await alerts(bank), [`${DAY} news c`]);
    // Who comes to hold it later is not concerned by another wording of the title.
    await bank.add('holding', [{ key: '4', customer: 'a', product: 'q', market_value: '1' }]);
    await announce(bank, 'minor', 'q', 'major_bad', 'a slip of the pen is mended');
    // It was of another product: those who hold that one are concerned, once.
    await announce(bank, 'minor', 'p', 'major_bad');
    await seen(bank, 'minor', 'news');
    assert.deepEqual(await alerts(bank), [`${DAY} news a`, `${DAY} news b`, `${DAY} news c`]);
  });
  await runBusinessDays(bank.ctx, DAY, '2026-03-03');
  assert.equal((await alerts(bank)).length, 3);
});

test('without the program running, the next day does it', async () => {
  const bank = await bankWithNews();
  await announce(bank, 'new', 'p', 'major_bad');
  await announce(bank, 'old', 'q', 'major_bad');
  await runBusinessDays(bank.ctx, '2026-03-03', '2026-03-03', { onTime: true });
  assert.deepEqual(await alerts(bank), ['2026-03-03 news a', '2026-03-03 news b', '2026-03-03 news c']);
});

test('very many are taken in rounds, with the progress of the job', { timeout: 120_000 }, async () => {
  const many = 2_100;
  const bank = withRules(await testBank(), [
    testRule('news', { subject: 'holding', when: { record: 'announcement' }, if: 'event_severity = "major_bad"' }),
  ]);
  await bank.add('product', [{ key: 'p', name: 'p', code: 'p', class: 'stock' }]);
  const keys = Array.from({ length: many }, (_, index) => `c${index}`);
  await bank.add(
    'customer',
    keys.map((key) => ({ key, name: key, kind: 'person', since: '2020-01-01' })),
  );
  await bank.add(
    'holding',
    keys.map((key) => ({ key, customer: key, product: 'p', market_value: '1' })),
  );
  await runBusinessDays(bank.ctx, DAY, DAY, { onTime: true });
  await whileRunning(bank, async () => {
    await announce(bank, 'new', 'p', 'major_bad');
    await seen(bank, 'new', 'news');
  });
  assert.equal((await alerts(bank)).length, many);
  const jobs = await bank.rows("select result, progress from job where kind = 'rules.records' order by id limit 1");
  assert.deepEqual(jobs, [{ result: { alerts: many }, progress: { done: many, total: many } }]);
});

test('rules that answer to a rule for one customer do not use up an announcement for the others', async () => {
  const label = { zh: '关注', en: 'Watched' };
  const bank = await bankWithNews([
    testRule('mark', { when: { fact: 'login' }, ...doing([{ tag: { code: 'watched' } }]), label }),
  ]);
  await announce(bank, 'new', 'p', 'major_bad');
  const target = {
    entity: bank.ctx.model.entity('login'),
    columns: ['customer', 'business_date', 'channel'],
    source: 'test',
    asOf: null,
  };
  const login = [bank.id('login', '1'), '1', bank.id('customer', 'a'), DAY, 'mobile'];
  await ingestFacts(bank.ctx, [{ target, rows: [login] }]);
  assert.deepEqual(await alerts(bank), [`${DAY} mark a`, `${DAY} news a`]);
  await runBusinessDays(bank.ctx, '2026-03-03', '2026-03-03', { onTime: true });
  assert.deepEqual(await alerts(bank), [`${DAY} mark a`, `${DAY} news a`, '2026-03-03 news b']);
});

const doing = (then: unknown[]) => ({ then });
