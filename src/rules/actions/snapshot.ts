import type { ActionRun } from './action.ts';

const limits = { holdings: 8, tags: 12, purchases: 5 };

/** A profile of a customer as it was when a task was made; amounts are decimal texts in the currency of the books. */
export interface Snapshot {
  tier: string | null;
  aum: string | null;
  /** What the assets are made of, as the AUM ledger has it. */
  parts: Record<string, string>;
  riskLevel: string | null;
  serviceLevel: string | null;
  tags: string[];
  /** The largest holdings. */
  holdings: { product: string; class: string | null; value: string | null; matures: string | null }[];
  /** What he bought last, by product class with the number of times: his taste. */
  bought: { class: string; times: number; last: string }[];
}

/** The profiles of the customers of these occurrences, in one statement. */
export async function snapshots({ tx, occurrences }: ActionRun<'task'>): Promise<Map<string, Snapshot>> {
  const { rows } = await tx.query<{ id: string; snapshot: Snapshot }>(
    `select c.id, jsonb_build_object('tier', c.tier, 'aum', c.aum::text, 'riskLevel', c.risk_level, 'serviceLevel', c.service_level,
       'parts', coalesce((select a.parts from aum_daily a where a.customer_id = c.id order by a.business_date desc limit 1), '{}'::jsonb),
       'tags', coalesce((select to_jsonb(m.tags[1:${limits.tags}]) from customer_metric m where m.customer_id = c.id), '[]'::jsonb),
       'holdings', coalesce((select jsonb_agg(h) from (
          select p.name as product, p.class, h.market_value::text as value, h.maturity_date as matures
            from holding h join product p on p.id = h.product_id where h.customer_id = c.id and h.redeemed_on is null
           order by h.market_value desc nulls last, h.id limit ${limits.holdings}) h), '[]'::jsonb),
       'bought', coalesce((select jsonb_agg(b) from (
          select p.class, count(*)::int as times, max(h.bought_on) as last from holding h join product p on p.id = h.product_id
           where h.customer_id = c.id and h.bought_on is not null group by p.class order by times desc, p.class limit ${limits.purchases}) b), '[]'::jsonb)
     ) as snapshot from customer c where c.id = any($1::bigint[])`,
    [[...new Set(occurrences.map(({ customerId }) => customerId))]],
  );
  return new Map(rows.map(({ id, snapshot }) => [id, snapshot]));
}
