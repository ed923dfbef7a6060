import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Answer, ids, PASSWORD, seedRows, testServer } from '../server/testing.ts';

const START = '2026-11-20T02:00:00Z'; // Friday, 10:00 in Shanghai
const server = await testServer({ at: START });
const { database, model, clock } = server;
after(() => server.close());

/** Moves the clock; sessions stay, which is not what is tested here. */
async function moveTo(instant: string): Promise<void> {
  clock.set(instant);
  await database.query("update session set seen_at = '2027-01-01', expires_at = '2027-01-01'");
}

/** A call that proves anew who calls where that is asked. */
async function call(as: string, method: string, url: string, body?: unknown): Promise<Answer> {
  const options = body === undefined ? { as } : { as, body };
  const answer = await server.call(method, url, options);
  if (answer.json?.code !== 'identity.step_up_needed') return answer;
  const proof = await server.call('POST', '/api/session/step-up', { as, body: { password: PASSWORD } });
  assert.equal(proof.status, 204, proof.text);
  return server.call(method, url, options);
}

const phoneOf = (number: number) => ({ entity: 'customer', record: ids.customer(number), field: 'phone' });
const ask = (as: string, number: number, more: object = {}) =>
  call(as, 'POST', '/api/reveals', {
    ...phoneOf(number),
    purpose: 'contact',
    reason: '约客户面谈',
    minutes: 10,
    ...more,
  });
const value = (as: string, id: string) => call(as, 'GET', `/api/reveals/${id}/value`);
const decide = (as: string, id: string, decision: 'approve' | 'refuse', body: object = {}) =>
  call(as, 'POST', `/api/reveals/${id}/${decision}`, body);
const revealedTimes = async (id: string) => {
  const { rows } = await database.query<{ count: number }>(
    "select count(*)::int as count from audit_event where action = 'reveal' and detail->>'reveal' = $1",
    [id],
  );
  return rows[0]!.count;
};

/** A request of the risk manager that waits for approval. */
async function waiting(number: number, more: object = {}): Promise<string> {
  const answer = await ask('risk', number, { purpose: 'risk_review', ...more });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.json.state, 'requested');
  return answer.json.id;
}

async function review(id: string, as = 'compliance'): Promise<void> {
  const answer = await call(as, 'POST', `/api/reveals/${id}/review`, { verdict: 'in_order' });
  assert.equal(answer.status, 200, answer.text);
}

describe('a masked value is seen', () => {
  test("at once by the customer's own manager, to reach him, each time with one audit event", async () => {
    const asked = await ask('rm001', 1);
    assert.deepEqual([asked.status, asked.json.state, asked.json.path], [201, 'active', 'immediate'], asked.text);
    assert.equal(asked.json.expiresAt, '2026-11-20T02:10:00+00:00');
    assert.equal(await revealedTimes(asked.json.id), 0, 'asking shows nothing');
    for (const time of [1, 2, 3]) {
      const shown = await value('rm001', asked.json.id);
      assert.deepEqual([shown.status, shown.json.value], [200, '13800010001'], shown.text);
      assert.equal(shown.json.watermark.username, 'rm001');
      assert.equal(await revealedTimes(asked.json.id), time);
    }
    assert.equal((await value('head01', asked.json.id)).status, 404, 'nobody but its maker');
    const again = await ask('rm001', 1);
    assert.deepEqual([again.status, again.json.code], [409, 'disclosure.already_open']);
    assert.equal((await call('rm001', 'POST', `/api/reveals/${asked.json.id}/end`, {})).json.state, 'revoked');
    assert.equal((await value('rm001', asked.json.id)).status, 403);
  });

  test('after a fresh proof only', async () => {
    assert.equal((await server.call('GET', '/api/session', { as: 'head02' })).status, 200);
    await moveTo('2026-11-20T02:05:01Z');
    const plain = await server.call('POST', '/api/reveals', {
      as: 'head02',
      body: { ...phoneOf(1), purpose: 'contact', reason: '回访', minutes: 5 },
    });
    assert.deepEqual([plain.status, plain.json.code], [403, 'identity.step_up_needed']);
    await moveTo(START);
  });

  test('not by others, not what is not masked, not without purpose, reason, ticket, nor too long', async () => {
    const cases: [string, string, object, number, string][] = [
      ['rm002', 'another book', {}, 404, 'disclosure.record_not_found'],
      ['rm001', 'seen clear already', { field: 'aum' }, 400, 'disclosure.not_masked'],
      [
        'rm001',
        'hidden from him',
        { entity: 'user', record: ids.user('rm001'), field: 'pinyin' },
        400,
        'disclosure.not_masked',
      ],
      ['rm001', 'an unknown purpose', { purpose: 'curiosity' }, 400, 'disclosure.purpose_unknown'],
      ['rm001', 'a purpose of exports', { purpose: 'campaign' }, 400, 'disclosure.purpose_unknown'],
      ['rm001', 'no ticket', { purpose: 'complaint' }, 400, 'disclosure.ticket_needed'],
      ['rm001', 'no reason', { reason: ' ' }, 400, 'http.invalid'],
      ['rm001', 'too long for the rule', { minutes: 30 }, 400, 'disclosure.minutes_too_many'],
      ['rm001', 'too long for all', { minutes: 61 }, 400, 'http.invalid'],
      ['admin', 'no right', {}, 403, 'http.forbidden'],
    ];
    for (const [as, why, more, status, code] of cases) {
      const answer = await ask(as, 3, more);
      assert.deepEqual([answer.status, answer.json.code], [status, code], why);
    }
    assert.equal((await server.call('POST', '/api/reveals', { body: {} })).status, 401);
  });
});

describe('with approval', () => {
  test('the value is seen after another person approved, until the time is over, and then reviewed', async () => {
    const options = await call('risk', 'GET', `/api/reveal-options?${new URLSearchParams(phoneOf(2))}`);
    assert.ok(options.json.purposes.every((purpose: { approval: boolean }) => purpose.approval));
    const id = await waiting(2, { minutes: 60 });
    assert.equal((await value('risk', id)).json.code, 'disclosure.not_active');
    const inbox = (await call('compliance', 'GET', '/api/approvals')).json;
    assert.deepEqual(
      inbox.waiting.map((item: { id: string; maker: { name: string } }) => [item.id, item.maker.name]),
      [[id, '风险经理']],
    );
    assert.equal(inbox.waiting[0].customer.label, '单**', 'an approver needs no name');
    assert.equal((await decide('compliance', id, 'approve')).json.state, 'active');
    assert.equal((await decide('compliance', id, 'approve')).status, 409);
    assert.equal((await value('risk', id)).json.value, '13800010002');
    assert.equal((await call('compliance', 'POST', `/api/reveals/${id}/review`, { verdict: 'in_order' })).status, 409);
    await moveTo('2026-11-20T02:59:59Z');
    assert.equal((await value('risk', id)).status, 200);
    await moveTo('2026-11-20T03:00:00Z');
    assert.equal((await value('risk', id)).json.code, 'disclosure.not_active');
    assert.equal(await revealedTimes(id), 2);
    await moveTo(START);
    await database.query('update reveal set expires_at = $2 where id = $1', [id, START]);
    const { toReview } = (await call('compliance', 'GET', '/api/approvals')).json;
    const mine = toReview.find((item: { id: string }) => item.id === id);
    assert.deepEqual([mine.valuesShown, mine.reviewDueAt], [2, '2026-11-23T16:00:00+00:00']);
    await review(id);
    const seen = (await call('risk', 'GET', `/api/reveals/${id}`)).json;
    assert.deepEqual(
      seen.steps.map((step: { state: string; by: string }) => [step.state, step.by]),
      [
        ['requested', '风险经理'],
        ['active', '合规专员'],
        ['in_order', '合规专员'],
      ],
    );
  });

  test('a record that belongs to a customer is within the same rules: the account number of the own book', async () => {
    await seedRows(database, model, 'account', [
      { key: 'a1', customer: ids.customer(9), number: '6222020011112222', status: 'open' },
    ]);
    const account = { entity: 'account', record: ids.account('a1'), field: 'number' };
    const asked = await ask('rm001', 9, { ...account, purpose: 'service' });
    assert.deepEqual([asked.status, asked.json.state], [201, 'requested'], asked.text);
    assert.equal((await ask('rm002', 9, { ...account, purpose: 'service' })).status, 404);
    const both = await Promise.all([
      decide('head01', asked.json.id, 'approve'),
      decide('compliance', asked.json.id, 'approve'),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409], 'one decision counts');
    const values = await Promise.all(Array.from({ length: 8 }, () => value('rm001', asked.json.id)));
    assert.ok(values.every(({ json }) => json.value === '6222020011112222'));
    assert.equal(await revealedTimes(asked.json.id), 8, 'as many events as values, whoever comes at once');
    await call('rm001', 'POST', `/api/reveals/${asked.json.id}/end`, {});
    await review(asked.json.id);
  });

  test('a refusal needs a reason and shows nothing', async () => {
    const id = await waiting(4);
    assert.equal((await decide('compliance', id, 'refuse')).json.code, 'disclosure.note_needed');
    assert.equal((await decide('compliance', id, 'refuse', { note: '依据不足' })).json.state, 'refused');
    assert.equal((await value('risk', id)).status, 403);
    assert.equal((await decide('compliance', id, 'approve')).status, 409);
  });

  test('no window outlives its time when a clock is moved', async () => {
    const id = await waiting(4);
    await decide('compliance', id, 'approve');
    const set = async (instant: string) => {
      await moveTo(instant);
      return (await value('risk', id)).status;
    };
    assert.equal(await set('2026-11-20T02:05:00Z'), 200);
    assert.equal(await set('2026-11-20T02:00:00Z'), 403, 'set back after it was used');
    assert.equal(await set('2026-11-19T02:05:00Z'), 403, 'a day back');
    assert.equal(await set('2026-11-20T02:06:00Z'), 200);
    assert.equal(await set('2026-11-21T02:06:00Z'), 403, 'a day on');
    await moveTo('2026-11-20T02:06:00Z');
    const [before] = (await database.query('select * from reveal where id = $1', [id])).rows as {
      db_expires_at: string;
    }[];
    await database.query('update reveal set db_expires_at = clock_timestamp() where id = $1', [id]);
    assert.equal(
      (await value('risk', id)).status,
      403,
      "over by the database's time, whatever the program's clock says",
    );
    await database.query(
      "update reveal set db_expires_at = $2, db_started_at = clock_timestamp() + interval '1 day' where id = $1",
      [id, before!.db_expires_at],
    );
    assert.equal((await value('risk', id)).status, 403, "the database's time was set back");
    await database.query('update reveal set db_started_at = clock_timestamp() where id = $1', [id]);
    await moveTo('2026-11-20T02:07:00Z');
    await call('risk', 'POST', `/api/reveals/${id}/end`, {});
    await review(id);
  });

  test('it ends at once when it is taken back, and with the user', async () => {
    const id = await waiting(4);
    await decide('compliance', id, 'approve');
    assert.equal((await value('risk', id)).status, 200);
    assert.equal((await call('rm002', 'POST', `/api/reveals/${id}/end`, { note: '不相干' })).status, 404);
    assert.equal(
      (await call('compliance', 'POST', `/api/reveals/${id}/end`, { note: '客户异议' })).json.state,
      'revoked',
    );
    assert.equal((await value('risk', id)).status, 403);
    await review(id);
    const next = (await ask('aml', 6, { purpose: 'aml_review' })).json.id;
    await decide('compliance', next, 'approve');
    assert.equal((await value('aml', next)).status, 200);
    await database.query('update "user" set active = false where id = $1', [ids.user('aml')]);
    const gone = await value('aml', next);
    assert.ok(gone.status === 401 || gone.status === 403, gone.text);
    assert.equal(await revealedTimes(next), 1);
    await call('compliance', 'POST', `/api/reveals/${next}/end`, { note: '人员停用' });
    await review(next);
  });
});

describe('nobody decides for himself', () => {
  const refused = async (as: string, id: string, code: string, why: string) => {
    const answer = await decide(as, id, 'approve');
    assert.deepEqual([answer.status, answer.json.code], [403, `disclosure.${code}`], why);
    assert.equal((await value('risk', id)).status, 403, 'nothing was opened');
  };

  test('not by API, whatever roles he holds', async () => {
    await seedRows(database, model, 'post', [
      {
        key: 'risk2',
        user: ids.user('risk'),
        role: 'compliance',
        org_unit: ids.unit('head'),
        kind: 'additional',
        starts_on: '2026-01-01',
      },
    ]);
    const id = await waiting(8);
    await refused('risk', id, 'own_request', 'the maker');
    assert.equal((await decide('rm001', id, 'approve')).status, 403, 'no right');
    assert.equal((await decide('supervisor', id, 'approve')).status, 403, 'a reviewer approves nothing');
    assert.equal((await decide('head01', id, 'approve')).status, 404, "another branch's customer");
    await database.query('delete from post');
  });
  after(() => database.query('delete from delegation'));

  test('not by delegation, in either direction', async () => {
    const id = await waiting(10);
    const stand = async (from: string, to: string, starts: string, ends: string) => {
      await database.query('delete from delegation');
      await seedRows(database, model, 'delegation', [
        {
          key: `${from}${to}`,
          from_user: ids.user(from),
          to_user: ids.user(to),
          starts_on: starts,
          ends_on: ends,
          reason: '休假',
        },
      ]);
    };
    await stand('risk', 'compliance', '2026-11-20', '2026-11-20');
    await refused('compliance', id, 'deputy', "the maker's deputy");
    await stand('compliance', 'risk', '2026-11-18', '2026-11-30');
    await refused('compliance', id, 'deputy', 'for whom the maker stands in');
    await stand('compliance', 'risk', '2026-11-01', '2026-11-19');
    assert.equal((await decide('compliance', id, 'approve')).json.state, 'active', 'over before the request');
    await call('risk', 'POST', `/api/reveals/${id}/end`, {});
    await review(id);
  });

  test('not by a second account with the same phone or e-mail', async () => {
    const id = await waiting(10);
    await database.query('update "user" set email = $2 where id = any($1)', [
      [ids.user('risk'), ids.user('compliance')],
      'one@bank.example',
    ]);
    await refused('compliance', id, 'same_person', 'one person');
    await database.query('update "user" set email = null');
    await decide('compliance', id, 'refuse', { note: '撤销' });
  });

  test('not within the reporting line where the rule asks for another; where it does not, the head of the branch approves', async () => {
    const own = await call('rm001', 'POST', '/api/reveals', {
      entity: 'customer',
      record: ids.customer(5),
      field: 'id_number',
      purpose: 'verify_identity',
      reason: '柜面核验证件',
      minutes: 5,
    });
    assert.deepEqual([own.json.state, own.json.path], ['requested', 'approval'], own.text);
    assert.equal((await decide('head01', own.json.id, 'approve')).json.state, 'active');
    await call('rm001', 'POST', `/api/reveals/${own.json.id}/end`, {});
    await review(own.json.id);
    await database.query('update "user" set roles = \'{risk,compliance}\' where id = $1', [ids.user('risk')]);
    const id = await waiting(12);
    const answer = await decide('compliance', id, 'approve');
    assert.deepEqual([answer.status, answer.json.code], [403, 'disclosure.same_line'], 'the same desk');
    await database.query('update "user" set roles = \'{risk}\' where id = $1', [ids.user('risk')]);
    await call('risk', 'POST', `/api/reveals/${id}/end`, {});
  });
});

describe('afterwards', () => {
  test('an emergency is immediate, tells two approvers and is reviewed within a day', async () => {
    await moveTo('2026-11-20T10:00:00Z'); // 18:00: out of hours
    const asked = await ask('risk', 14, { purpose: 'risk_review', emergency: true });
    assert.deepEqual([asked.status, asked.json.state, asked.json.path], [201, 'active', 'emergency'], asked.text);
    assert.equal(asked.json.reviewDueAt, '2026-11-21T10:00:00+00:00');
    const { rows } = await database.query('select user_id from disclosure_notice where subject_id = $1', [
      asked.json.id,
    ]);
    assert.equal(rows.length, 2);
    const paged = (await call('compliance', 'GET', '/api/approvals')).json.toReview;
    assert.ok(paged.some((item: { id: string; paged: boolean }) => item.id === asked.json.id && item.paged));
    const { told } = (await call('risk', 'GET', `/api/reveals/${asked.json.id}`)).json;
    assert.deepEqual(
      told.map(({ name, seenAt }: { name: string; seenAt: string | null }) => [name, seenAt !== null]).sort(),
      [
        ['合规专员', true],
        ['钱行长', false],
      ].sort(),
    );
    await call('risk', 'POST', `/api/reveals/${asked.json.id}/end`, {});
    const ordinary = await ask('rm001', 7, { emergency: true });
    assert.equal(ordinary.json.code, 'disclosure.no_emergency', 'what needs no approval has no emergency');
  });

  test('what nobody reviewed in time blocks new requests of its maker', async () => {
    await moveTo('2026-11-21T09:59:59Z');
    assert.equal((await ask('risk', 16, { purpose: 'risk_review' })).status, 201);
    await moveTo('2026-11-21T10:00:01Z');
    const blocked = await ask('risk', 18, { purpose: 'risk_review' });
    assert.deepEqual([blocked.status, blocked.json.code], [403, 'disclosure.review_overdue']);
    assert.equal((await ask('service', 18, { purpose: 'service' })).status, 201, 'others are not held up');
    const due = (await call('compliance', 'GET', '/api/approvals')).json.toReview;
    assert.equal(due.length, 1);
    assert.equal(due[0].overdue, true);
    assert.equal((await call('risk', 'POST', `/api/reveals/${due[0].id}/review`, { verdict: 'in_order' })).status, 403);
    const misuse = { verdict: 'misuse' };
    assert.equal(
      (await call('compliance', 'POST', `/api/reveals/${due[0].id}/review`, misuse)).json.code,
      'disclosure.note_needed',
    );
    await review(due[0].id);
    assert.equal((await ask('risk', 18, { purpose: 'risk_review' })).status, 201);
  });

  test('the week is summed up for whom it concerns', async () => {
    const summary = (await call('compliance', 'GET', '/api/reveal-summary?week=2026-W47')).json;
    assert.deepEqual([summary.from, summary.to], ['2026-11-16', '2026-11-22']);
    const { rows } = await database.query<{ count: number }>('select count(*)::int as count from reveal');
    assert.equal(summary.total.requests, rows[0]!.count);
    assert.ok(summary.total.outOfHours >= 1 && summary.total.emergencies === 1);
    assert.equal(summary.fields[0].label.zh, '客户·手机号码');
    const branch = (await call('head01', 'GET', '/api/reveal-summary?week=2026-W47')).json;
    assert.ok(branch.total.requests > 0 && branch.total.requests < summary.total.requests, "a head's own branch");
    const csv = await call('compliance', 'GET', '/api/reveal-summary.csv?week=2026-W47');
    assert.match(csv.text, /^\uFEFF分组,名称,申请次数/);
    assert.equal((await call('compliance', 'GET', '/api/reveal-summary?week=2026-47')).status, 400);
    assert.equal((await call('rm001', 'GET', '/api/reveal-summary?week=2026-W47')).status, 403);
  });

  test('nobody asks without end', async () => {
    await moveTo('2026-11-23T02:00:00Z');
    await database.query('update reveal set reviewed_at = now(), reviewer_id = 1 where reviewed_at is null');
    let last: Answer | undefined;
    for (let time = 0; time < 21; time++) {
      last = await ask('rm001', 1);
      if (last.status !== 201) break;
      await call('rm001', 'POST', `/api/reveals/${last.json.id}/end`, {});
    }
    assert.deepEqual([last!.status, last!.json.code], [429, 'disclosure.too_many_now']);
  });
});
