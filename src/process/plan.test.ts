import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';

// Friday 20 November 2026, 10:00 in Shanghai.
const server = await testServer();
after(() => server.close());
const { database, model } = server;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
type Json = any;

let made = 0;
/** A task as a rule makes it; returns its key. */
async function alert(customer: number, rule: string, over: Record<string, string | null> = {}): Promise<string> {
  made += 1;
  const key = `alert-${made}`;
  await seedRows(database, model, 'task', [
    {
      key,
      customer: ids.customer(customer),
      title: rule,
      assignee: ids.user('rm001'),
      priority: 'normal',
      due_at: '2026-11-27T09:00:00Z',
      status: 'open',
      rule,
      occasion: key,
      ...over,
    },
  ]);
  const { rows } = await database.query<{ id: string }>('select id from task where source_key = $1', [key]);
  return rows[0]!.id;
}

async function talk(customer: number, at: string, over: Record<string, string | null> = {}): Promise<void> {
  made += 1;
  await seedRows(database, model, 'interaction', [
    {
      key: `talk-${made}`,
      customer: ids.customer(customer),
      at,
      channel: 'phone',
      summary: '电话',
      result: 'reached',
      ...over,
    },
  ]);
}

const clear = () =>
  database.query('delete from task; delete from interaction; delete from task_feedback; delete from day_plan_setting');
const wish = (customer: number, columns: string) =>
  database.query(`update customer set ${columns} where id = $1`, [ids.customer(customer)]);
const plan = async (query = '', as = 'rm001'): Promise<Json> => {
  const answer = await server.call('GET', `/api/day-plan${query}`, { as });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const cardOf = (of: Json, customer: number): Json =>
  of.cards.find((card: Json) => card.customer.id === ids.customer(customer));
const order = (of: Json): string[] => of.cards.map((card: Json) => card.customer.id);
const act = async (id: string, what: string, body: object, as = 'rm001', status = 200): Promise<Json> => {
  const answer = await server.call('POST', `/api/tasks/${id}/${what}`, { as, body });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};

describe('the rank', () => {
  test('of equal tasks the customer with more assets comes first, and money at stake counts as assets', async () => {
    await clear();
    await alert(1, 'care');
    await alert(23, 'care');
    assert.deepEqual(order(await plan()), [ids.customer(23), ids.customer(1)]);
    await alert(1, 'maturity', { stake: '90000.00' });
    const first = await plan();
    assert.deepEqual(order(first), [ids.customer(1), ids.customer(23)]);
    const { rank } = cardOf(first, 1);
    assert.deepEqual([rank.by, rank.stake, rank.above], ['assets', '90000.00', 1]);
    assert.equal(rank.score, Number((rank.value * rank.urgency * rank.chance).toFixed(4)));
  });

  test('who may not see assets reads none of them from the order: equal tiers have equal values', async () => {
    await clear();
    for (const customer of [1, 25]) {
      await alert(customer, 'care', { assignee: ids.user('service'), stake: customer === 1 ? '900000' : null });
    }
    const { cards } = await plan('', 'service');
    assert.equal(cards.length, 2);
    for (const { rank } of cards) assert.deepEqual([rank.by, rank.above, rank.stake], ['tier', null, null]);
    assert.equal(cards[0].rank.score, cards[1].rank.score);
  });

  test('priority, time left and lateness make a task urgent', async () => {
    await clear();
    await alert(1, 'a', { priority: 'low' });
    await alert(3, 'a', { due_at: '2026-11-20T03:00:00Z' });
    await alert(5, 'a', { due_at: '2026-11-18T03:00:00Z' });
    await alert(7, 'a', { priority: 'highest' });
    const told = await plan();
    const urgency = (customer: number) => cardOf(told, customer).rank.urgency;
    assert.ok(urgency(1) < urgency(3) && urgency(3) < urgency(5) && urgency(5) <= 1);
    assert.ok(urgency(7) > urgency(3));
    await alert(9, 'a', { priority: 'low', due_at: '2026-11-02T03:00:00Z' });
    await alert(11, 'a', { priority: 'high', due_at: '2026-11-20T02:03:00Z' });
    const after = await plan();
    assert.ok(
      cardOf(after, 9).rank.urgency < cardOf(after, 11).rank.urgency,
      'what is low and late is below what is high',
    );
    assert.equal(cardOf(told, 3).tasks[0].minutesLeft, 60);
  });

  test('after several useless results the alerts of a rule sink; taken back, they rise again', async () => {
    await clear();
    await alert(23, 'noisy');
    await alert(21, 'good');
    assert.deepEqual(order(await plan()), [ids.customer(23), ids.customer(21)]);
    const useless = [];
    for (const customer of [1, 3, 5, 7, 9]) useless.push(await alert(customer, 'noisy'));
    for (const id of useless) await act(id, 'result', { result: 'not_useful', because: 'wrong_data' });
    const sunk = await plan();
    assert.deepEqual(order(sunk), [ids.customer(21), ids.customer(23)]);
    const [task] = cardOf(sunk, 23).tasks;
    assert.deepEqual([task.judged, task.useful, task.ownJudged, task.ownUseful], [5, 0, 5, 0]);
    for (const id of useless) await act(id, 'reopen', {});
    assert.equal(cardOf(await plan(), 23).tasks[0].judged, 0);
  });

  test('what was useless for others makes a rule sink for everybody, less than what was useless for oneself', async () => {
    await clear();
    await alert(1, 'rule');
    const alone = cardOf(await plan(), 1).rank.chance;
    for (const customer of [2, 4, 6]) {
      const id = await alert(customer, 'rule', { assignee: ids.user('rm002') });
      await act(id, 'result', { result: 'not_useful', because: 'known' }, 'rm002');
    }
    const others = cardOf(await plan(), 1).rank.chance;
    for (const customer of [3, 5, 7])
      await act(await alert(customer, 'rule'), 'result', { result: 'not_useful', because: 'known' });
    const own = cardOf(await plan(), 1).rank.chance;
    assert.ok(alone > others && others > own, `${alone} ${others} ${own}`);
  });

  test('who never picks up is less of a chance', async () => {
    await clear();
    await alert(1, 'a');
    await alert(3, 'a');
    for (let day = 1; day <= 6; day += 1) await talk(1, `2026-11-0${day}T02:00:00Z`, { result: 'no_answer' });
    const told = await plan();
    assert.ok(cardOf(told, 1).rank.chance < cardOf(told, 3).rank.chance);
    assert.deepEqual([cardOf(told, 1).rank.attempts, cardOf(told, 1).rank.reached], [6, 0]);
  });
});

describe('capacity and contact policy', () => {
  test('the plan takes so many customers for today; each sets his own number, and urgent ones come besides', async () => {
    await clear();
    for (const customer of [1, 3, 5, 7]) await alert(customer, 'a');
    await alert(9, 'a', { priority: 'high', due_at: '2026-11-20T09:00:00Z' });
    assert.deepEqual((await plan()).capacity, { perDay: 25, contacted: 0 });
    const set = (contactsPerDay: unknown, as = 'rm001') =>
      server.call('PUT', '/api/day-plan/settings', { as, body: { contactsPerDay } });
    assert.equal((await set(2)).status, 200);
    const told = await plan();
    assert.deepEqual(told.places, { today: 2, later: 3, held: 0 });
    assert.equal(cardOf(told, 9).place, 'today');
    await act(cardOf(told, 9).tasks[0].id, 'result', { result: 'reached' });
    assert.deepEqual((await plan()).places, { today: 1, later: 3, held: 0 }, 'a contact made is a contact less');
    await alert(11, 'a', { priority: 'highest', due_at: '2026-11-19T09:00:00Z' });
    await alert(13, 'a', { priority: 'highest', due_at: '2026-11-19T09:00:00Z' });
    assert.deepEqual((await plan()).places, { today: 2, later: 4, held: 0 }, 'urgent ones do not wait for room');
    assert.equal((await set(0)).status, 400);
    assert.equal((await set(null)).status, 200);
    assert.equal((await plan()).capacity.perDay, 25);
    assert.equal((await set(5, 'admin')).status, 403);
  });

  test('what is proactive waits for the customer, and says why; what is urgent, agreed or given by people does not', async () => {
    await clear();
    const held = async (customer: number) => {
      const [task] = cardOf(await plan(), customer).tasks;
      return [task.held, task.heldUntil];
    };
    await alert(1, 'a');
    assert.deepEqual(await held(1), [null, null]);
    await talk(1, '2026-11-18T02:00:00Z');
    assert.deepEqual(await held(1), ['too_soon', '2026-11-21']);
    assert.equal(cardOf(await plan(), 1).place, 'held');
    await alert(3, 'a', { due_at: '2026-11-20T09:00:00Z' });
    await talk(3, '2026-11-19T02:00:00Z');
    assert.deepEqual(await held(3), [null, null], 'a task does not become overdue for the sake of distance');
    await talk(3, '2026-11-20T01:00:00Z');
    assert.deepEqual(await held(3), ['contacted_today', '2026-11-21']);
    await alert(5, 'a', { priority: 'high' });
    await alert(7, 'a', { rule: null });
    for (const customer of [5, 7]) {
      await wish(customer, "contact_wish = 'none'");
      assert.deepEqual(await held(customer), [null, null]);
    }
    await alert(9, 'a');
    await wish(9, "contact_wish = 'none', contact_wish_until = '2026-12-31'");
    assert.deepEqual(await held(9), ['no_contact', '2026-12-31']);
    await wish(9, "contact_wish_until = '2026-11-19'");
    assert.deepEqual(await held(9), [null, null], 'a wish ends');
    await alert(11, 'a');
    await wish(11, "contact_wish = 'quiet'");
    await talk(11, '2026-11-01T02:00:00Z');
    assert.deepEqual(await held(11), ['quiet', '2026-12-01']);
    // S-6: Monday at ten is preferred.
    await alert(13, 'a');
    await wish(13, "contact_weekday = 'monday', contact_time = 'h10'");
    assert.deepEqual(await held(13), ['preferred_day', '2026-11-23']);
    await database.query(
      'update customer set contact_wish = null, contact_wish_until = null, contact_weekday = null, contact_time = null',
    );
  });

  test('filters and limits narrow what is shown and move nobody', async () => {
    await clear();
    for (const customer of [1, 3, 5]) await alert(customer, 'a');
    await alert(7, 'b', { priority: 'high', due_at: '2026-11-19T09:00:00Z' });
    const some = await plan('?rule=b');
    assert.deepEqual([some.total, some.places.today, order(some)], [1, 4, [ids.customer(7)]]);
    assert.equal((await plan('?due=overdue&priority=high')).total, 1);
    assert.equal((await plan('?rule=none')).total, 0);
    const two = await plan('?limit=2');
    assert.deepEqual([two.total, two.cards.length], [4, 2]);
    assert.deepEqual(two.rules, ['a', 'b']);
  });
});

describe('one tap', () => {
  test('a useless alert needs its reason, an other reason its words', async () => {
    await clear();
    const id = await alert(1, 'a');
    assert.equal((await act(id, 'result', { result: 'not_useful' }, 'rm001', 422)).field, 'because');
    assert.equal((await act(id, 'result', { result: 'not_useful', because: 'other' }, 'rm001', 422)).field, 'note');
    const told = await act(id, 'result', { result: 'not_useful', because: 'other', note: '客户已离职' });
    assert.deepEqual([told.status, told.uselessBecause], ['done', 'other']);
    const { rows } = await database.query<{ count: string }>('select count(*) from interaction');
    assert.equal(rows[0]!.count, '0', 'nobody was talked to');
  });

  test('one conversation answers several reasons, and is recorded once', async () => {
    await clear();
    const [first, second, foreign] = [await alert(1, 'a'), await alert(1, 'b'), await alert(3, 'a')];
    await act(first, 'result', { result: 'reached', also: [foreign] }, 'rm001', 422);
    await act(first, 'result', {
      result: 'follow_up',
      note: '已谈两件事',
      also: [second],
      review: true,
      nextOn: '2026-11-23',
      nextAt: '10:00',
      nextStep: '带两款产品面谈',
    });
    const { rows } = await database.query<{ review: boolean; count: string }>(
      'select bool_and(review) as review, count(*) from interaction',
    );
    assert.deepEqual(rows[0], { review: true, count: '1' });
    const [next] = cardOf(await plan(), 1).tasks;
    assert.deepEqual([next.title, next.dueAt, next.held], ['带两款产品面谈', '2026-11-23T02:00:00+00:00', null]);
    assert.equal((await plan()).counts.doneToday, 2);
    assert.equal((await plan()).capacity.contacted, 1);
  });

  test('later today, tomorrow, the next workday', async () => {
    await clear();
    const id = await alert(1, 'a');
    const later = await act(id, 'snooze', { until: 'later_today' });
    // Two working hours from ten: the lunch break passes between.
    assert.deepEqual([later.snoozedUntil, later.wakesAt], ['2026-11-20', '2026-11-20T04:00:00+00:00']);
    assert.equal((await plan()).counts.open, 0);
    await act(id, 'reopen', {});
    assert.equal((await plan()).counts.open, 1);
    assert.equal((await act(id, 'snooze', { until: 'tomorrow' })).snoozedUntil, '2026-11-21');
    assert.equal((await act(id, 'snooze', { until: 'next_workday' })).snoozedUntil, '2026-11-23');
    assert.equal((await act(id, 'snooze', { until: '2026-11-19' }, 'rm001', 422)).field, 'until');
  });
});

describe('the supervisor', () => {
  const get = async (url: string, as = 'head01') => (await server.call('GET', url, { as })).json;

  test('what is overdue for long comes to the supervisor, who takes it over or gives it on, on record', async () => {
    await clear();
    // A working day has seven hours: eight before Friday ten o'clock is Thursday nine o'clock.
    const late = await alert(1, 'a', { due_at: '2026-11-19T00:59:00Z' });
    await alert(3, 'a', { due_at: '2026-11-19T01:01:00Z' });
    const told = await get('/api/team/escalations');
    assert.deepEqual(
      told.tasks.map(({ task }: Json) => task.id),
      [late],
    );
    assert.equal((await get('/api/team')).members[0].escalated, 1);
    assert.deepEqual((await get('/api/team/escalations', 'head02')).tasks.length, 1);
    const assign = (as: string, to: string, tasks = [late]) =>
      server.call('POST', '/api/tasks/assign', { as, body: { tasks, to, reason: '休假' } });
    assert.equal((await assign('rm001', 'me')).status, 403);
    const foreign = await assign('head01', ids.user('rm002'));
    assert.deepEqual([foreign.status, foreign.json.field], [422, 'to']);
    const helpless = await assign('head02', ids.user('admin'));
    assert.deepEqual([helpless.status, helpless.json.field], [422, 'to']);
    assert.deepEqual((await assign('head01', 'me')).json, { assigned: 1 });
    assert.deepEqual((await assign('head01', 'me')).json, { assigned: 0 });
    assert.equal((await get('/api/team/escalations')).tasks.length, 0);
    assert.deepEqual(order(await plan('', 'head01')), [ids.customer(1)]);
    const { rows } = await database.query<{ detail: Json }>(
      "select detail from audit_event where entity = 'task' and record_id = $1 and detail ? 'assigned'",
      [late],
    );
    assert.deepEqual(
      rows.map(({ detail }) => [detail.reason, detail.before.assignee, detail.after.assignee]),
      [['休假', ids.user('rm001'), ids.user('head01')]],
    );
  });

  test('S-5: a high net worth customer is covered up to the bound of a month and a quarter, not beyond', async () => {
    await clear();
    await database.query("update customer set tier = 'high_net_worth' where id = any($1)", [
      [1, 3, 5, 7].map(ids.customer),
    ]);
    await talk(1, '2026-10-20T02:00:00Z'); // 31 days
    await talk(3, '2026-10-19T02:00:00Z'); // 32 days
    await talk(5, '2026-11-19T02:00:00Z', { result: 'no_answer' });
    await talk(7, '2026-08-20T02:00:00Z', { review: 'true' }); // 92 days
    await talk(1, '2026-08-19T02:00:00Z', { review: 'true' }); // 93 days
    const [tier] = (await get('/api/team/coverage')).tiers;
    assert.deepEqual(tier, {
      tier: 'high_net_worth',
      contactDays: 31,
      reviewDays: 92,
      customers: 4,
      contacted: 1,
      reviewed: 1,
    });
    const missed = await get('/api/team/uncovered?tier=high_net_worth');
    assert.deepEqual(
      missed.customers.map((each: Json) => [each.customer.id, each.last]),
      [
        [ids.customer(5), null],
        [ids.customer(7), '2026-08-20'],
        [ids.customer(3), '2026-10-19'],
      ],
    );
    assert.equal((await get('/api/team/uncovered?tier=high_net_worth&missing=review')).total, 3);
    assert.equal((await server.call('GET', '/api/team/coverage', { as: 'rm001' })).status, 403);
    await database.query('update customer set tier = null');
  });

  test('what became of the alerts of each rule, in the hands of the own people', async () => {
    await clear();
    await act(await alert(1, 'a'), 'result', { result: 'reached' });
    await act(await alert(3, 'a'), 'result', { result: 'not_useful', because: 'known' });
    await act(await alert(2, 'a', { assignee: ids.user('rm002') }), 'result', { result: 'reached' }, 'rm002');
    const { rules } = await get('/api/team/results');
    assert.deepEqual(rules, [{ rule: 'a', results: { reached: 1, not_useful: 1 }, because: { known: 1 } }]);
    assert.deepEqual((await get('/api/team/results', 'head02')).rules[0].results, { reached: 2, not_useful: 1 });
  });
});
