import assert from 'node:assert/strict';
import { published, type TestServer, work } from '../../src/server/testing.ts';
import type { Random } from '../random.ts';

/** What designers change while facts come: metrics and tags of their own, the bounds of the packs' tiers and tags. */
export interface Definitions {
  /** Publishes or retires something through the API; says what. */
  change(): Promise<string>;
  /** The metrics in force that were defined here, in SQL written by hand. */
  hand(): Record<string, string>;
}

/** Metrics by what they gather; the window and the direction change from version to version. */
const FUNCTIONS = {
  proof_sum: { function: 'sum', unit: 'money', sql: 'sum(amount)' },
  proof_max: { function: 'max', unit: 'money', sql: 'max(amount)' },
  proof_min: { function: 'min', unit: 'money', sql: 'min(amount)' },
  proof_count: { function: 'count', unit: 'count', sql: 'count(*)' },
} as const;
type Own = keyof typeof FUNCTIONS;

const PARAMETERS = [
  { code: 'frequent_transactions', type: 'count', values: ['3', '8', '15', '22'] },
  { code: 'tier_wealth_aum', type: 'money', values: ['50000', '300000', '900000'] },
  { code: 'tier_high_net_worth_aum', type: 'money', values: ['1000000', '1500000', '4000000'] },
] as const;

const TAG = 'proof_tag';
const label = (text: string) => ({ zh: text, en: text });

export function openDefinitions(server: TestServer, random: Random): Definitions {
  const metrics = new Map<Own, string>();
  let tagged: string | undefined;

  async function metric(): Promise<string> {
    const code = random.pick(Object.keys(FUNCTIONS) as Own[]);
    if (metrics.has(code) && tagged !== code && random.below(4) === 0) {
      metrics.delete(code);
      return await retire('metrics', code);
    }
    const { function: gather, unit, sql } = FUNCTIONS[code];
    const [days, direction] = [random.pick([1, 7, 30, 45, 100]), random.pick(['in', 'out'])];
    const field = gather === 'count' ? {} : { field: 'amount' };
    const measure = { function: gather, entity: 'transaction', ...field, where: `direction = "${direction}"`, days };
    await published(server, 'metrics', { code, label: label(code), unit, measure });
    metrics.set(
      code,
      `select customer_id, ${sql}::text from transaction where direction = '${direction}' and business_date > $1::date - ${days}
          and business_date <= $1 group by 1`,
    );
    return `metric ${code}: ${days} days, ${direction}`;
  }

  async function tag(): Promise<string> {
    if (tagged !== undefined && random.below(4) === 0) {
      tagged = undefined;
      return await retire('tags', TAG);
    }
    const own = [...metrics.keys()];
    const code =
      own.length > 0 && random.below(3) > 0 ? random.pick(own) : random.pick(['outflow_30d', 'net_flow_30d']);
    const condition = `${code} > ${random.pick([0, 2, 5_000, 90_000])} and aum < ${random.pick([100_000, 800_000])}`;
    await published(server, 'tags', { code: TAG, label: label('试验'), if: condition });
    tagged = code;
    return `tag: ${condition}`;
  }

  async function parameter(): Promise<string> {
    const { code, type, values } = random.pick(PARAMETERS);
    const value = random.pick(values);
    await published(server, 'parameters', { code, label: label(code), type, value });
    return `${code} is ${value}`;
  }

  async function retire(kind: string, code: string): Promise<string> {
    const answer = await server.call('POST', `/api/definitions/${kind}/${code}/retire`, { as: 'designer', body: {} });
    assert.equal(answer.status, 202, answer.text);
    await work(server);
    const job = await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'designer' });
    assert.equal(job.json.status, 'done', job.text);
    return `${code} retired`;
  }

  return {
    change: () => random.pick([metric, tag, parameter])(),
    hand: () => Object.fromEntries(metrics),
  };
}
