import { raw, type Sql, sql } from '#database';

/**
 * The course of a customer's assets as JSON inside other rooms' statements: [date, total] or [date, total, money that came or went], oldest
 * first, a point only where something changed. `customerId` is SQL for whose; at most `points` of the newest.
 */
export function customerCurve(customerId: Sql, points: number): Sql {
  return sql`coalesce((select json_agg(case when p.flow = 0 then json_build_array(p.business_date, p.total::text)
            else json_build_array(p.business_date, p.total::text, p.flow::text) end order by p.business_date) from (
          select a.business_date, a.total, a.flow from aum_daily a where a.customer_id = ${customerId} order by a.business_date desc limit ${raw(String(points))}) p), '[]'::json)`;
}
