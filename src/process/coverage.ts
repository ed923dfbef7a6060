import { z } from 'zod';
import { type Context, customerCondition, fieldView, mayRead, scopeOf } from '#access';
import { raw, type Sql, sql } from '#database';
import { code, oncePerModel, type ParameterValues, parameterValues, readDefinitions } from '#facts';
import { addDays, dateIn } from '#kernel';
import { fieldOf } from '#metadata';
import { planned } from '#records';
import { unseal } from '#vault';
import { customerName, peopleOf } from './team.ts';

/** Customers of one answer who were not contacted in time. */
const UNCOVERED_MAX = 200;

/** How often the customers of a tier are contacted and reviewed; the values are codes of parameters, in days. */
const definition = z.strictObject({ code, contact_days: code, review_days: code.optional() });
const coverages = oncePerModel((model) => readDefinitions(model, 'coverage', definition));

export interface Coverage {
  tier: string;
  contactDays: number;
  reviewDays: number | null;
}

/** What is asked for of each tier, from the highest down. */
export function coverageOf(ctx: Context, values: ParameterValues): Coverage[] {
  const days = (name: string | undefined) => (name === undefined ? null : Number(values.get(name)));
  return coverages(ctx.model).map((each) => ({
    tier: each.code,
    contactDays: days(each.contact_days)!,
    reviewDays: days(each.review_days),
  }));
}

/** Whoever may not see tiers or contacts gets no coverage: he could read both from it. */
function maySee({ model, actor }: Context): boolean {
  const customer = model.entity('customer');
  return (
    fieldView(model, actor, customer, fieldOf(customer, 'tier')!) === 'clear' &&
    mayRead(actor, model.entity('interaction'))
  );
}

/** Rows `covered(tier, owner_id, id, last_on, review_on, contacted, reviewed)`: customers of the reader's people for whom something is asked. */
function coveredSql(ctx: Context, asked: readonly Coverage[]): Sql {
  const { zone } = ctx.institution;
  const today = dateIn(zone, ctx.clock());
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  // A contact exactly so many days ago still counts.
  const since = (days: number | null) => (days === null ? null : addDays(today, -days));
  return sql`select c.id, c.tier, c.owner_id, l.last_on, l.review_on, coalesce(l.last_on >= a.contact_since, false) as contacted,
      case when a.review_since is null then null else coalesce(l.review_on >= a.review_since, false) end as reviewed
    from unnest(${asked.map(({ tier }) => tier)}::text[], ${asked.map((each) => since(each.contactDays))}::date[],
        ${asked.map((each) => since(each.reviewDays))}::date[]) a (tier, contact_since, review_since)
    join customer c on c.tier = a.tier and c.status is distinct from 'closed' and c.owner_id in (select id from people)
      and coalesce(case when c.contact_wish_until < ${today}::date then 'normal' else c.contact_wish end, 'normal') <> 'none'
    cross join lateral (select (max(i.at) at time zone ${zone})::date as last_on,
        (max(i.at) filter (where i.review) at time zone ${zone})::date as review_on
      from interaction i where i.customer_id = c.id and i.result is distinct from 'no_answer') l
   where ${customerCondition(ctx.model, scope, 'c')}`;
}

async function askedFor(ctx: Context): Promise<Coverage[]> {
  if (!maySee(ctx)) return [];
  return coverageOf(ctx, await parameterValues(ctx.database, ctx.model, ctx.institution.currency));
}

/** How many customers of each tier were contacted and reviewed within their time, in all and by manager; as JSON text. */
export async function readCoverage(ctx: Context): Promise<string> {
  const asked = await askedFor(ctx);
  const { rows } = await ctx.database.query<{ coverage: string }>(
    planned(
      'coverage',
      sql`with people as materialized (${peopleOf(ctx)}), covered as materialized (${coveredSql(ctx, asked)}),
          counted as (
            select tier, owner_id, count(*)::int as customers, (count(*) filter (where contacted))::int as contacted, (count(*) filter (where reviewed))::int as reviewed
              from covered group by grouping sets ((tier), (tier, owner_id)))
          select json_build_object(
            'tiers', coalesce((select json_agg(json_build_object('tier', a.tier, 'contactDays', a.contact_days, 'reviewDays', a.review_days,
                'customers', coalesce(n.customers, 0), 'contacted', coalesce(n.contacted, 0), 'reviewed', case when a.review_days is null then null else coalesce(n.reviewed, 0) end) order by a.place)
              from unnest(${asked.map(({ tier }) => tier)}::text[], ${asked.map((each) => each.contactDays)}::int[], ${asked.map((each) => each.reviewDays)}::int[])
                with ordinality a (tier, contact_days, review_days, place) left join counted n on n.tier = a.tier and n.owner_id is null), '[]'::json),
            'members', coalesce((select json_agg(json_build_object('user', json_build_object('id', p.id::text, 'label', p.name), 'tiers',
                (select json_agg(json_build_object('tier', n.tier, 'customers', n.customers, 'contacted', n.contacted, 'reviewed', n.reviewed)) from counted n where n.owner_id = p.id)) order by p.username)
              from people p where exists (select from counted n where n.owner_id = p.id)), '[]'::json))::text as coverage`,
    ),
  );
  return rows[0]!.coverage;
}

export interface UncoveredQuery {
  tier?: string | undefined;
  owner?: string | undefined;
  missing: 'contact' | 'review';
}

/** Who was not contacted, or not reviewed, in time: the longest ago first; as JSON text. */
export async function readUncovered(ctx: Context, { tier, owner, missing }: UncoveredQuery): Promise<string> {
  const asked = (await askedFor(ctx)).filter((each) => tier === undefined || each.tier === tier);
  const last = raw(missing === 'contact' ? 'v.last_on' : 'v.review_on');
  const { rows } = await ctx.database.query<{ uncovered: string }>(
    planned(
      'uncovered',
      sql`with people as materialized (${peopleOf(ctx)}), covered as materialized (${coveredSql(ctx, asked)}),
          missed as (select v.* from covered v where ${missing === 'contact' ? sql`not v.contacted` : sql`not v.reviewed`}
             and ${owner === undefined ? sql`true` : sql`v.owner_id = ${owner}::bigint`})
          select json_build_object('total', (select count(*) from missed), 'customers', coalesce((select json_agg(k.item order by k.last nulls first, k.id) from (
            select ${last} as last, v.id, json_build_object('customer', json_build_object('id', c.id::text, 'name', ${customerName(ctx)}), 'tier', v.tier,
                'owner', json_build_object('id', p.id::text, 'label', p.name), 'last', ${last},
                'task', exists (select from task t where t.customer_id = v.id and t.status = 'open')) as item
              from missed v join customer c on c.id = v.id join people p on p.id = v.owner_id
             order by ${last} nulls first, v.id limit ${UNCOVERED_MAX}) k), '[]'::json))::text as uncovered`,
    ),
  );
  return unseal(ctx.database, rows[0]!.uncovered);
}
