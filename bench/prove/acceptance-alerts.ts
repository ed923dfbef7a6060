import assert from 'node:assert/strict';
import { ids } from '../../src/server/testing.ts';
import { ago, ahead, type Case, DAY, type Listed, product, type World } from './acceptance-world.ts';

// S-5, S-6: alerts and care. Each customer's number says the case and where it stands.

const who = (rows: readonly Listed[]) => rows.map((row) => row.who);
const alerted = async (world: World, rule: string, prefix: string) =>
  who(await world.made('alerts', rule, 'business_date', prefix));
const tasks = (world: World, rule: string, prefix: string) =>
  world.made('tasks', rule, 'priority,due_at,assignee,title,script,business_date', prefix);
const messages = (world: World, rule: string, prefix: string) =>
  world.made('messages', rule, 'channel,audience,recipient,status,text,not_before', prefix);

/** A customer with assets of the day before, and what left on the day. */
const outflows = (cases: Record<string, [before: string, out: string]>) => async (world: World) => {
  for (const [key, [before, out]] of Object.entries(cases)) {
    await world.customer(key);
    await world.pay(key, ago(60), before);
    await world.pay(key, DAY, `-${out}`);
  }
};

const holdings = (cases: Record<string, Record<string, string>>) => async (world: World) => {
  for (const [key, more] of Object.entries(cases)) {
    await world.customer(key);
    const row = {
      key,
      customer: ids.customer(key),
      product: product('fixed'),
      market_value: '1000',
      bought_on: ago(300),
    };
    await world.add('holding', [{ ...row, ...more }]);
  }
};

const born = (birth_date: string, more = {}) => ({ birth_date, ...more });

export const alertCases: Case[] = [
  {
    id: 'A-1',
    holds: 'more than 30 % of the assets leave in a day: urgent notice and task within two hours',
    given: outflows({
      'a1-below': ['100000', '29999.99'],
      'a1-at': ['100000', '30000'],
      'a1-above': ['100000', '30000.01'],
    }),
    async expect(world) {
      assert.deepEqual(await alerted(world, 'large_outflow', 'a1'), ['a1-above']);
      const [task, ...others] = await tasks(world, 'large_outflow', 'a1');
      assert.equal(others.length, 0);
      assert.equal(task!.title, '客户资金异动关怀');
      assert.equal(task!.priority, 'high');
      // The day is run at ten of the next morning: two working hours are over at noon.
      assert.equal(Date.parse(String(task!.due_at)), Date.parse('2026-11-20T04:00:00Z'));
      assert.deepEqual(await world.told('rm001', 'large_outflow', 'a1'), ['a1-above']);
      assert.deepEqual(await world.told('supervisor', 'large_outflow', 'a1'), []);
    },
  },
  {
    id: 'A-2',
    holds: 'the same above 5 million: highest priority, SMS to the manager and the supervisor',
    given: outflows({ 'a2-at': ['5000000', '2000000'], 'a2-above': ['5000000.01', '2000000'] }),
    async expect(world) {
      const made = await tasks(world, 'large_outflow', 'a2');
      assert.deepEqual(
        made.map(({ who, priority }) => [who, priority]),
        [
          ['a2-above', 'highest'],
          ['a2-at', 'high'],
        ],
      );
      const sent = await messages(world, 'large_outflow', 'a2');
      assert.deepEqual(
        sent.map(({ who, channel, audience }) => [who, channel, audience]),
        [
          ['a2-above', 'sms', 'employee'],
          ['a2-above', 'sms', 'employee'],
        ],
      );
      assert.equal(new Set(sent.map(({ recipient }) => JSON.stringify(recipient))).size, 2);
      assert.deepEqual(await world.told('supervisor', 'large_outflow', 'a2'), ['a2-above']);
    },
  },
  {
    id: 'A-3',
    holds: 'no sign-in for 30 days: SMS with guidance to the customer, task of low priority',
    async given(world) {
      for (const back of [29, 30, 31]) {
        await world.customer(`a3-${back}`);
        await world.add('login', [
          { key: `a3-${back}`, customer: ids.customer(`a3-${back}`), business_date: ago(back) },
        ]);
      }
    },
    async expect(world) {
      const made = await tasks(world, 'digital_lapse', 'a3');
      assert.deepEqual(
        made.map(({ who, priority }) => [who, priority]),
        [
          ['a3-30', 'low'],
          ['a3-31', 'low'],
        ],
      );
      const sent = await messages(world, 'digital_lapse', 'a3');
      assert.deepEqual(
        sent.map(({ who, channel, audience }) => [who, channel, audience]),
        [
          ['a3-30', 'sms', 'customer'],
          ['a3-31', 'sms', 'customer'],
        ],
      );
      // By day only: quiet hours end at eight at the earliest.
      for (const { not_before } of sent) {
        const hour = new Date(Date.parse(String(not_before)) + 8 * 3_600_000).getUTCHours();
        assert.ok(hour >= 8 && hour < 22, String(not_before));
      }
    },
  },
  {
    id: 'A-4',
    holds: 'no trade for 30 days: tag of warning and a task to call',
    async given(world) {
      for (const back of [29, 30, 31]) {
        await world.customer(`a4-${back}`);
        await world.pay(`a4-${back}`, ago(back), '100');
      }
    },
    async expect(world) {
      assert.deepEqual(await world.found('tags:in:silence_warning', 'a4'), ['a4-30', 'a4-31']);
      // Those of October are about the silence before.
      const now = (await tasks(world, 'silence', 'a4')).filter(({ business_date }) => String(business_date) >= ago(1));
      assert.deepEqual(who(now), ['a4-30', 'a4-31']);
    },
  },
  {
    id: 'A-5',
    holds: 'a product matures in 15 days: task with the holding',
    given: holdings({
      'a5-16': { maturity_date: ahead(16) },
      'a5-15': { maturity_date: ahead(15) },
      'a5-14': { maturity_date: ahead(14) },
      'a5-redeemed': { maturity_date: ahead(15), redeemed_on: ago(3) },
    }),
    async expect(world) {
      const made = await tasks(world, 'holding_maturity', 'a5');
      assert.deepEqual(who(made), ['a5-14', 'a5-15']);
      for (const { title, script } of made) {
        assert.equal(title, '产品到期跟进');
        assert.match(String(script), /固收/);
      }
    },
  },
  {
    id: 'A-6',
    holds: 'a large product or a policy matures within 30 days: proposal',
    given: holdings({
      'a6-31': { maturity_date: ahead(31), market_value: '500000' },
      'a6-30': { maturity_date: ahead(30), market_value: '500000' },
      'a6-29': { maturity_date: ahead(29), market_value: '500000.01' },
      'a6-small': { maturity_date: ahead(30), market_value: '499999.99' },
      'a6-policy': { maturity_date: ahead(30), product: product('policy') },
    }),
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'large_maturity', 'a6')), ['a6-29', 'a6-30']);
      assert.deepEqual(who(await tasks(world, 'policy_renewal', 'a6')), ['a6-policy']);
    },
  },
  {
    id: 'A-7',
    holds: 'regular salary and most on demand: possible need for investments',
    async given(world) {
      for (const [key, salary, demand] of [
        ['a7-below', '14999.99', '350000'],
        ['a7-at', '15000', '350000'],
        ['a7-little', '15000', '200000'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(100), demand);
        for (const back of [70, 40, 10]) await world.pay(key, ago(back), salary, 'salary');
      }
    },
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'idle_salary', 'a7')), ['a7-at']);
    },
  },
  {
    id: 'A-8',
    holds: 'birthday: an e-mail by itself, the manager reminded at the start of work',
    async given(world) {
      await world.customer('a8-before', born('1980-11-18'));
      await world.customer('a8-today', born('1980-11-19'));
      await world.customer('a8-after', born('1980-11-20'));
      // The 11th of the tenth lunar month in 1980 and, on the day, in 2026.
      await world.customer('a8-lunar', born('1980-11-18', { birthday_calendar: 'lunar' }));
    },
    async expect(world) {
      const sent = (await messages(world, 'birthday', 'a8')).filter(({ who }) => who !== 'a8-before');
      assert.deepEqual(
        sent.map(({ who, channel, status }) => [who, channel, status]),
        [['a8-today', 'email', 'waiting']],
      );
      const made = await tasks(world, 'birthday', 'a8');
      // Run with the day before, each has its own day.
      assert.deepEqual(
        made.map(({ who, business_date }) => [who, business_date]),
        [
          ['a8-before', ago(1)],
          ['a8-today', DAY],
        ],
      );
    },
  },
  {
    id: 'A-9',
    holds: 'birthday or anniversary: a task to greet',
    async given(world) {
      await world.customer('a9-year', { since: '2021-11-19' });
      await world.customer('a9-later', { since: '2021-11-20' });
      await world.customer('a9-opened', { since: DAY });
    },
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'account_anniversary', 'a9')), ['a9-year']);
    },
  },
  {
    id: 'A-10',
    holds: 'major bad news of a heavy holding: all holders, tasks with the link to research',
    async given(world) {
      for (const [key, hit] of [
        ['a10-below', '19.99'],
        ['a10-at', '20.00'],
        ['a10-above', '20.01'],
      ] as const) {
        await world.customer(key);
        const of = { customer: ids.customer(key), bought_on: ago(100) };
        await world.add('holding', [
          { key: `${key}-h`, product: product('hit'), market_value: hit, ...of },
          { key: `${key}-c`, product: product('calm'), market_value: (100 - Number(hit)).toFixed(2), ...of },
        ]);
      }
    },
    async onTheDay(world) {
      const at = `${DAY}T01:00:00Z`;
      await world.add('announcement', [
        {
          key: 'hit',
          product: product('hit'),
          at,
          title: '业绩大幅下修',
          severity: 'major_bad',
          kind: 'risk',
          link: 'https://research.example/1',
        },
        { key: 'calm', product: product('calm'), at, title: '分红公告', severity: 'info', kind: 'news', link: null },
      ]);
    },
    async expect(world) {
      const made = await world.made('tasks', 'bad_news', 'priority,reason', 'a10');
      assert.deepEqual(
        made.map(({ who, priority }) => [who, priority]),
        [
          ['a10-above', 'highest'],
          ['a10-at', 'highest'],
        ],
      );
      for (const { reason } of made) assert.match(String(reason), /业绩大幅下修.*https:\/\/research\.example\/1/);
    },
  },
  {
    id: 'A-11',
    holds: 'a day of market shock: whoever holds much equity gets an interpretation',
    async given(world) {
      for (const [key, equity] of [
        ['a11-below', '29.99'],
        ['a11-at', '30.00'],
      ] as const) {
        await world.customer(key);
        const of = { customer: ids.customer(key), bought_on: ago(100) };
        await world.add('holding', [
          { key: `${key}-m`, product: product('mixed'), market_value: equity, ...of },
          { key: `${key}-c`, product: product('calm'), market_value: (100 - Number(equity)).toFixed(2), ...of },
        ]);
      }
    },
    async onTheDay(world) {
      await world.add('announcement', [
        {
          key: 'shock',
          product: null,
          at: `${DAY}T02:00:00Z`,
          title: '市场大幅波动',
          severity: 'major_bad',
          kind: 'news',
          link: 'https://research.example/2',
        },
      ]);
    },
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'market_shock', 'a11')), ['a11-at']);
    },
  },
  {
    id: 'A-12',
    holds: 'three months without a trade, or a score below 4: risk of churn',
    async given(world) {
      for (const [key, back, score] of [
        ['a12-89', 89, null],
        ['a12-90', 90, null],
        ['a12-score-4', 5, '4'],
        ['a12-score-3', 5, '3'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(back), '1000');
        if (score) {
          await world.add('survey', [
            { key, customer: ids.customer(key), business_date: DAY, topic: 'service', score },
          ]);
        }
      }
    },
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'churn_risk', 'a12')), ['a12-90', 'a12-score-3']);
    },
  },
  {
    id: 'A-13',
    holds: 'assets reach the threshold, or an intent to invest: the manager is told, the service level rises',
    async given(world) {
      for (const [key, more] of [
        ['a13-at', '100000'],
        ['a13-above', '100000.01'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(20), '4900000');
        await world.pay(key, DAY, more);
      }
      for (const views of [2, 3]) {
        await world.customer(`a13-views-${views}`);
        const of = { customer: ids.customer(`a13-views-${views}`), topic: 'fund' };
        const rows = Array.from({ length: views }, (_, n) => ({
          key: `a13-${views}-${n}`,
          business_date: ago(n),
          ...of,
        }));
        await world.add('page_view', rows);
      }
    },
    async expect(world) {
      assert.deepEqual(await world.found('service_level:eq:dedicated', 'a13'), ['a13-above']);
      assert.deepEqual(await world.told('rm001', 'asset_upgrade', 'a13'), ['a13-above']);
      assert.deepEqual(who(await tasks(world, 'investment_intent', 'a13')), ['a13-views-3']);
    },
  },
  {
    id: 'A-14',
    holds: 'an opportunity without contact for three days: to the supervisor',
    async given(world) {
      for (const [key, more] of [
        ['a14-2', { opened_on: ago(2) }],
        ['a14-3', { opened_on: ago(3) }],
        ['a14-contacted', { opened_on: ago(9), last_contact: ago(2) }],
        ['a14-won', { opened_on: ago(9), stage: 'won' }],
      ] as const) {
        await world.customer(key);
        const row = { key, customer: ids.customer(key), title: '理财意向', stage: 'lead', assignee: ids.user('rm001') };
        await world.add('opportunity', [{ ...row, ...more }]);
      }
    },
    async expect(world) {
      const made = await tasks(world, 'opportunity_silent', 'a14');
      assert.deepEqual(who(made), ['a14-3']);
      assert.deepEqual(await world.told('supervisor', 'opportunity_silent', 'a14'), ['a14-3']);
    },
  },
  {
    id: 'A-15',
    holds: 'a low score: the rectification begins',
    async given(world) {
      for (const score of ['1', '2', '3']) {
        await world.customer(`a15-${score}`);
        const of = { customer: ids.customer(`a15-${score}`), business_date: DAY, topic: 'service' };
        await world.add('survey', [{ key: `a15-${score}`, score, ...of }]);
      }
    },
    async expect(world) {
      const made = await world.made('service-cases', 'dissatisfied', 'kind,process,title', 'a15');
      assert.deepEqual(
        made.map(({ who, process }) => [who, process]),
        [
          ['a15-1', 'rectification'],
          ['a15-2', 'rectification'],
        ],
      );
    },
  },
  {
    id: 'A-16',
    holds: 'a policy near expiry: reminder to renew',
    given: holdings({
      'a16-31': { maturity_date: ahead(31), product: product('policy') },
      'a16-30': { maturity_date: ahead(30), product: product('policy') },
      'a16-7': { maturity_date: ahead(7), product: product('policy') },
    }),
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'policy_renewal', 'a16')), ['a16-30', 'a16-7']);
      assert.deepEqual(who(await messages(world, 'policy_renewal', 'a16')), ['a16-30', 'a16-7']);
    },
  },
  {
    id: 'A-17',
    holds: 'the balance jumps, or a policy is near expiry: an opportunity, assigned',
    async given(world) {
      for (const [key, before, more] of [
        ['a17-at', '400000', '200000'],
        ['a17-above', '400000', '200000.01'],
        ['a17-small', '100000', '199999.99'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(50), before);
        await world.pay(key, DAY, more);
      }
      await holdings({ 'a17-policy': { maturity_date: ahead(30), product: product('policy') } })(world);
    },
    async expect(world) {
      const jumped = await world.made('opportunities', 'balance_jump', 'assignee,amount,stage', 'a17');
      assert.deepEqual(
        jumped.map(({ who, amount, stage }) => [who, amount, stage]),
        [['a17-above', '200000.01', 'lead']],
      );
      assert.ok(jumped[0]!.assignee, 'assigned');
      assert.deepEqual(who(await world.made('opportunities', 'policy_renewal', 'stage', 'a17')), ['a17-policy']);
    },
  },
  {
    id: 'A-18',
    holds: 'the same customer, rule and day a second time: nothing more',
    given: outflows({ 'a18-above': ['100000', '40000'] }),
    async expect(world) {
      const counted = async () => {
        const { rows } = await world.server.database.query(
          `select (select count(*) from alert) as alerts, (select count(*) from task) as tasks, (select count(*) from message) as messages,
             (select count(*) from notification) as notifications, (select count(*) from opportunity) as opportunities,
             (select count(*) from service_case) as cases`,
        );
        return rows[0];
      };
      assert.deepEqual(who(await tasks(world, 'large_outflow', 'a18')), ['a18-above']);
      const before = await counted();
      await world.run(DAY);
      assert.deepEqual(await counted(), before);
    },
  },
  {
    id: 'S-5',
    holds: 'high net worth: a contact a month and a deep review a quarter',
    async given(world) {
      for (const back of [30, 31]) {
        await world.customer(`s5-${back}`);
        await world.pay(`s5-${back}`, ago(200), '6000000');
        const of = { customer: ids.customer(`s5-${back}`), channel: 'phone', summary: '联系', user: ids.user('rm001') };
        await world.add('interaction', [{ key: `s5-${back}`, at: `${ago(back)}T02:00:00Z`, ...of }]);
      }
      await world.customer('s5-wealth');
      await world.pay('s5-wealth', ago(200), '5000000');
    },
    async expect(world) {
      assert.deepEqual(who(await tasks(world, 'high_net_worth_contact', 's5')), ['s5-31']);
      // The first workday of the quarter, after the holiday of the first week of October.
      const reviews = await tasks(world, 'high_net_worth_review', 's5');
      assert.deepEqual(
        reviews.map(({ who, business_date }) => [who, business_date]),
        [
          ['s5-30', '2026-10-08'],
          ['s5-31', '2026-10-08'],
        ],
      );
    },
  },
  {
    id: 'S-6',
    holds: 'several reasons for one customer are one card: one call a day',
    async given(world) {
      await outflows({ 's6-two': ['100000', '50000'] })(world);
      await world.customer('s6-other', born('1970-11-19'));
      const holding = { key: 's6', customer: ids.customer('s6-two'), product: product('fixed'), market_value: '1000' };
      await world.add('holding', [{ ...holding, bought_on: ago(300), maturity_date: ahead(15) }]);
    },
    async expect(world) {
      const { json, text } = await world.server.call('GET', '/api/day-plan', { as: 'rm001' });
      assert.ok(json?.cards, text);
      const all = [...json.cards, ...(json.later ?? [])] as { customer: { name: string }; tasks: unknown[] }[];
      const own = all.filter(({ customer }) => customer.name === 's6-two');
      assert.equal(own.length, 1);
      assert.ok(own[0]!.tasks.length >= 2);
    },
  },
];
