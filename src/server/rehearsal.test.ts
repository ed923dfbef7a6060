import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { loadDemo } from '#demo';
import { runDueJobs } from '#jobs';
import { addDays } from '#kernel';
import { allJobHandlers } from './background.ts';
import { testServer } from './testing.ts';

const UNTIL = '2026-11-19';
const DAYS = 8;
const server = await testServer({ empty: true });
after(() => server.close());
const { database, model, clock } = server;
await loadDemo({ database, model, clock }, { seed: 5, customers: 120, until: UNTIL, facts: 'light', days: DAYS });
const from = addDays(UNTIL, 1 - DAYS);
// The desk's work is written after the days were run, and records are read as they are now.
await database.query('delete from interaction where task_id is not null');

const work = () => runDueJobs({ database, clock, handlers: allJobHandlers(model, '/nonexistent') });
const ask = async (body: unknown, as = 'designer01') => await server.call('POST', '/api/rules/rehearse', { as, body });

async function rehearsed(body: Record<string, unknown>) {
  const begun = await ask({ from, to: UNTIL, ...body });
  assert.equal(begun.status, 202, begun.text);
  assert.equal(
    (await server.call('GET', `/api/rules/rehearsals/${begun.json.id}`, { as: 'designer01' })).json.status,
    'queued',
  );
  await work();
  const { json } = await server.call('GET', `/api/rules/rehearsals/${begun.json.id}`, { as: 'designer01' });
  assert.equal(json.status, 'done', JSON.stringify(json));
  return json;
}

const content = async () => {
  const { rows } = await database.query<{ sum: string }>(
    `select md5(concat((select string_agg(m::text, ',' order by customer_id) from customer_metric m), (select string_agg(h::text, ',' order by customer_id) from customer_history h),
       (select string_agg(a::text, ',' order by id) from alert a), (select string_agg(t::text, ',' order by id) from task t), (select string_agg(s::text, ',') from facts_state s),
       (select string_agg(md5(c::text), ',' order by id) from customer c), (select string_agg(a::text, ',' order by id) from account a))) as sum`,
  );
  return rows[0]!.sum;
};

test('a rehearsal finds what the rules in force told on the same days, and writes nothing', async () => {
  const before = await content();
  let all = 0;
  for (const { value } of model.data('rules')) {
    const { rows } = await database.query<{ date: string; count: number }>(
      'select business_date::text as date, count(*)::integer as count from alert where rule = $1 and business_date >= $2 group by 1',
      [value.code, from],
    );
    const live = Array.from(
      { length: DAYS },
      (_, day) => rows.find(({ date }) => date === addDays(from, day))?.count ?? 0,
    );
    const [version] = (await rehearsed({ code: value.code })).result.versions;
    assert.deepEqual([value.code, version.perDay], [value.code, live]);
    assert.equal(
      version.perBranch.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
      version.alerts,
    );
    const own = version.overlap.find(({ rule }: { rule: string }) => rule === value.code);
    assert.equal(own?.customers ?? 0, version.customers);
    all += version.alerts;
  }
  assert.ok(all > 20, `${all} alerts`);
  assert.equal(await content(), before);
});

test('two versions are compared; a designer sees counts, masked names and no amounts', async () => {
  const pack = model.data('rules').find(({ value }) => value.code === 'silence')!.value;
  const body = { ...pack, if: 'days_silent >= silence_warning_days + 20 and accounts_held > 0' };
  const told = await rehearsed({ body, compare: 0 });
  const [draft, shipped] = told.result.versions;
  assert.deepEqual([draft.name, shipped.name], ['draft', 0]);
  assert.ok(draft.alerts < shipped.alerts);
  assert.ok(shipped.first > 0 && shipped.first <= shipped.alerts);
  const { both, first, second } = told.result.compared;
  assert.ok(both + second > 0 && both + first <= draft.alerts);
  assert.equal(shipped.minutes, shipped.alerts * 10);
  assert.ok(shipped.samples.length > 0 && shipped.samples.length <= 20);
  for (const { customer, inputs } of shipped.samples) {
    assert.match(customer.name, /\*/);
    for (const { code, value } of inputs) assert.equal(value, null, `${code} is told`);
  }
  assert.equal(told.result.reach, 120);
});

test('faults, dates without history and people without the right are refused', async () => {
  const pack = model.data('rules').find(({ value }) => value.code === 'silence')!.value;
  const wrong = await ask({ body: { ...pack, if: 'no_such_name > 3' }, from, to: UNTIL });
  assert.equal(wrong.status, 202);
  assert.equal(wrong.json.issues[0].path, 'if');
  const future = await ask({ code: 'silence', from: UNTIL, to: addDays(UNTIL, 3) });
  assert.deepEqual([future.status, future.json.field], [422, 'from']);
  assert.equal((await ask({ code: 'silence', from: '2020-01-01', to: UNTIL })).status, 422);
  assert.equal((await ask({ code: 'nothing_like_it', from, to: UNTIL })).status, 404);
  assert.equal((await ask({ code: 'silence', from, to: UNTIL }, 'rm001')).status, 403);
  const begun = await ask({ code: 'silence', from, to: UNTIL });
  assert.equal((await ask({ code: 'silence', from, to: UNTIL })).status, 409);
  const cancelled = await server.call('POST', `/api/rules/rehearsals/${begun.json.id}/cancel`, { as: 'designer01' });
  assert.equal(cancelled.status, 204);
  const state = await server.call('GET', `/api/rules/rehearsals/${begun.json.id}`, { as: 'designer01' });
  assert.deepEqual([state.json.status, state.json.error.zh], ['failed', '试跑已取消']);
  const list = await server.call('GET', '/api/rules/rehearsals?rule=silence', { as: 'designer01' });
  assert.equal(list.json.rows[0].id, begun.json.id);
  assert.equal(list.json.last, UNTIL);
});
