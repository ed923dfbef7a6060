import { fieldView } from '#access';
import { raw, sql } from '#database';
import type { OwnerContext } from '#identity';
import { fieldOf } from '#metadata';
import { mustReach } from './hand-tags.ts';

/** One time during which a customer had a tag, and why it began and ended. */
export interface TagSpan {
  tag: string;
  since: string;
  /** The first day without it; null while it is held. */
  until: string | null;
  reason: unknown;
  /** The values that decided when it ended; null of spans that ended before they were kept. */
  ended: unknown;
  note: string | null;
  by: string | null;
  expiresOn: string | null;
}

const SPANS_MAX = 200;

/** The tags that a customer had and has, newest first; reasons for who sees the assets that they are made of. Throws a Failure out of reach. */
export async function tagHistory(ctx: OwnerContext, customerId: string): Promise<TagSpan[]> {
  await mustReach(ctx, customerId);
  const { rows } = await ctx.database.query<TagSpan>(
    sql`select g.tag, g.since::text, g.until::text, g.reason, g.note, u.name as by, g.expires_on::text as "expiresOn",
        (select m.reason from membership_change m
          where m.customer_id = g.customer_id and m.kind = 'tag' and m.code = g.tag and m.business_date = g.until and not m.entered
          order by m.id desc limit 1) as ended
      from customer_tag g left join "user" u on u.id = g.set_by
     where g.customer_id = ${customerId}::bigint
     order by g.until desc nulls first, g.since desc, g.tag limit ${raw(String(SPANS_MAX))}`,
  );
  const customer = ctx.model.entity('customer');
  const seesAmounts = fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
  return seesAmounts ? rows : rows.map((row) => ({ ...row, reason: null, ended: null, note: null }));
}
