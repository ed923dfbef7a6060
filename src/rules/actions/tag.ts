import type { Transaction } from '#database';
import { addDays, type BusinessDate } from '#kernel';
import type { RuleDay } from '../occurrence.ts';
import type { ActionRun, Done } from './action.ts';

/** Sets a tag that is otherwise set by hand: whoever has it already keeps it, for the longer of both times. */
export async function setTags(run: ActionRun<'tag'>): Promise<Map<string, Done>> {
  const { tx, rule, day, action, occurrences } = run;
  const { code, days } = action.act;
  const since = await stateDate(tx, day);
  const until = days === undefined ? null : addDays(since, days);
  const reasons = occurrences.map((each) => ({
    customer_id: each.customerId,
    reason: {
      asOf: each.evidence.asOf,
      version: each.evidence.version,
      inputs: each.evidence.inputs,
      by: rule.definition.label,
    },
  }));
  await tx.query(SET, [JSON.stringify(reasons), code, since, until, rule.definition.label.zh]);
  return new Map(
    occurrences.map((each) => [each.alertId, { kind: 'tag', entity: 'customer', id: each.customerId } satisfies Done]),
  );
}

/** Tags are states: they stand as of the newest day, also where an earlier one asks for them. */
async function stateDate(tx: Transaction, day: RuleDay): Promise<BusinessDate> {
  if (day.mode === 'current') return day.date;
  const { rows } = await tx.query<{ asOf: BusinessDate | null }>('select as_of::text as "asOf" from facts_state');
  return rows[0]!.asOf ?? day.date;
}

// Taken away and set again on one day: it went on. Who has it already has no change of membership.
const SET = `with asked as materialized (
    select distinct on (customer_id) customer_id, reason from jsonb_to_recordset($1::jsonb) as a (customer_id bigint, reason jsonb) order by customer_id),
  longer as (
    update customer_tag g set expires_on = case when $4::date is null or g.expires_on is null then null else greatest(g.expires_on, $4::date) end
      from asked a where g.customer_id = a.customer_id and g.tag = $2 and g.until is null
    returning g.customer_id),
  begun as (
    insert into customer_tag (customer_id, tag, since, expires_on, note, reason)
    select a.customer_id, $2, $3::date, $4::date, $5, a.reason from asked a
     where not exists (select from customer_tag g where g.customer_id = a.customer_id and g.tag = $2 and g.until is null)
    on conflict (customer_id, tag, since) do update set until = null, expires_on = excluded.expires_on, set_by = null,
      note = excluded.note, reason = excluded.reason
    returning customer_id),
  current as (
    update customer_metric m set tags = array_append(array_remove(m.tags, $2), $2) from begun b where m.customer_id = b.customer_id)
  insert into membership_change (customer_id, business_date, kind, code, entered)
  select customer_id, $3::date, 'tag', $2, true from begun`;
