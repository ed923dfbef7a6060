import { raw, type Sql, sql } from '#database';

// The course of assets as JSON inside other rooms' statements: [date, total, money that came or went, market and income], oldest first.

/** Of the customer whose id stands in `customerId` (SQL); at most `points` of the newest. */
export function customerCurve(customerId: Sql, points: number): Sql {
  return sql`coalesce((select json_agg(json_build_array(p.business_date, p.total::text, p.flow::text, (p.total - p.before - p.flow)::text) order by p.business_date)
    from (select a.business_date, a.total, a.flow, lag(a.total, 1, 0::numeric) over (order by a.business_date) as before
            from aum_daily a where a.customer_id = ${customerId} order by a.business_date desc limit ${raw(String(points))}) p), '[]'::json)`;
}

/**
 * Of customers together, such as the members of a household: `members` is a query of their ids. Money between them cancels. At most `points` of
 * the newest.
 */
export function curveOfMany(members: Sql, points: number): Sql {
  return sql`coalesce((select json_agg(json_build_array(p.date, p.total::text, p.flow::text, (p.change - p.flow)::text) order by p.date)
    from (select d.date, d.change, d.flow, sum(d.change) over (order by d.date) as total
            from (select s.business_date as date, sum(s.total - s.before) as change, sum(s.flow) as flow
                    from (select a.business_date, a.total, a.flow,
                                 lag(a.total, 1, 0::numeric) over (partition by a.customer_id order by a.business_date) as before
                            from aum_daily a where a.customer_id in (${members})) s
                   group by s.business_date) d
           order by d.date desc limit ${raw(String(points))}) p), '[]'::json)`;
}
