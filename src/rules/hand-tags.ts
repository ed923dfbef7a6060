import type { Context } from '#access';
import { record } from '#audit';
import type { Transaction } from '#database';
import { asOwner, type OwnerContext } from '#identity';
import { addDays, type BusinessDate, dateIn, Failure } from '#kernel';
import { noteChanges, tellChanges } from '#records';
import { kinds } from './failures.ts';
import { type Tag, tags } from './tags.ts';

// Tags that people set and take away: with an expiry, who and why. They stand among the others and end by the run of a day.

const limits = {
  /** A tag by hand is looked at again at least every three years. */
  daysMax: 1_100,
};

export interface TagSetting {
  /** The first day without it; null for as long as nobody takes it away. */
  until: BusinessDate | null;
  reason: string;
}

/** Sets a tag by hand, or changes until when and why it is set. Throws a Failure for a tag of the system, or a customer out of reach. */
export async function setTag(ctx: OwnerContext, customerId: string, code: string, setting: TagSetting): Promise<void> {
  await mustReach(ctx, customerId);
  checkTag(ctx, code, setting.until);
  await asOwner(ctx, (tx) => putTag(ctx, tx, customerId, code, setting));
}

/** Takes away a tag that was set by hand. */
export async function removeTag(ctx: OwnerContext, customerId: string, code: string): Promise<void> {
  await mustReach(ctx, customerId);
  checkTag(ctx, code, null);
  await asOwner(ctx, (tx) => dropTag(ctx, tx, customerId, code));
}

/** Throws a Failure unless it is a tag that people set, until a day that is not over and not too far. */
export function checkTag(ctx: Context, code: string, until: BusinessDate | null, place = 'until'): void {
  manualTag(ctx, code);
  const today = dateIn(ctx.institution.zone, ctx.clock());
  const max = addDays(today, limits.daysMax);
  if (until !== null && (until <= today || until > max)) {
    throw new Failure(kinds.tag_until_past, { until, from: today, max }, place);
  }
}

/** Sets a checked tag of a customer whom the actor reaches. The transaction acts as the owner. */
export async function putTag(
  ctx: Context,
  tx: Transaction,
  customerId: string,
  code: string,
  { until, reason }: TagSetting,
): Promise<void> {
  const since = await stateDate(ctx, tx);
  const before = await openSpan(tx, customerId, code);
  const kept = { asOf: since, version: 'manual', inputs: [], by: ctx.actor.name, note: reason };
  await tx.query(
    before
      ? `update customer_tag set expires_on = $4, set_by = $5, note = $6, reason = $7
          where customer_id = $1 and tag = $2 and until is null and $3::date is not null`
      : // Taken away and set again on one day: it went on.
        `insert into customer_tag (customer_id, tag, since, expires_on, set_by, note, reason) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (customer_id, tag, since) do update set until = null, expires_on = excluded.expires_on,
           set_by = excluded.set_by, note = excluded.note, reason = excluded.reason`,
    [customerId, code, since, until, ctx.actor.userId, reason, JSON.stringify(kept)],
  );
  if (!before) await noteChange(tx, customerId, code, since, null);
  await audit(ctx, tx, customerId, { tag: code, until, until_before: before?.until ?? null, note: reason });
}

/** Takes a checked tag from a customer whom the actor reaches. The transaction acts as the owner. Throws a Failure where it is not set. */
export async function dropTag(
  ctx: Context,
  tx: Transaction,
  customerId: string,
  code: string,
  reason?: string,
): Promise<void> {
  const before = await openSpan(tx, customerId, code);
  if (!before) throw new Failure(kinds.tag_not_set, { tag: manualTag(ctx, code).definition.label });
  const date = await stateDate(ctx, tx);
  // Set and taken away on one day: it never was.
  await tx.query('delete from customer_tag where customer_id = $1 and tag = $2 and until is null and since >= $3', [
    customerId,
    code,
    date,
  ]);
  await tx.query('update customer_tag set until = $3 where customer_id = $1 and tag = $2 and until is null', [
    customerId,
    code,
    date,
  ]);
  const left = { asOf: date, version: 'manual', inputs: [], by: ctx.actor.name, note: reason ?? null };
  await noteChange(tx, customerId, code, date, left);
  await audit(ctx, tx, customerId, { tag_removed: code, note: reason ?? before.reason });
}

function manualTag(ctx: Context, code: string): Tag {
  const tag = tags(ctx.model).find(({ definition }) => definition.code === code);
  if (!tag) throw new Failure(kinds.why_unknown, { code });
  if (!tag.definition.manual) throw new Failure(kinds.tag_not_manual, { tag: tag.definition.label });
  return tag;
}

/** The customer must lie within the reach of who acts: row security answers. */
export async function mustReach(ctx: Context, customerId: string): Promise<void> {
  const { rows } = await ctx.database.query('select 1 from customer where id = $1', [customerId]);
  if (rows.length === 0) throw new Failure(kinds.customer_unknown);
}

/** The business date of the stored state; today before the first run. */
async function stateDate(ctx: Context, tx: Transaction): Promise<BusinessDate> {
  const { rows } = await tx.query<{ asOf: BusinessDate | null }>('select as_of::text as "asOf" from facts_state');
  return rows[0]!.asOf ?? dateIn(ctx.institution.zone, ctx.clock());
}

async function openSpan(tx: Transaction, customerId: string, code: string) {
  const { rows } = await tx.query<{ since: string; until: string | null; reason: string | null }>(
    'select since::text, expires_on::text as until, note as reason from customer_tag where customer_id = $1 and tag = $2 and until is null for update',
    [customerId, code],
  );
  return rows[0];
}

/** The current list, and the event that rules read: who came, or who went and why. */
async function noteChange(
  tx: Transaction,
  customerId: string,
  code: string,
  date: BusinessDate,
  left: object | null,
): Promise<void> {
  await tx.query(
    left === null
      ? 'update customer_metric set tags = array_append(array_remove(tags, $2), $2) where customer_id = $1'
      : 'update customer_metric set tags = array_remove(tags, $2) where customer_id = $1',
    [customerId, code],
  );
  await tx.query(
    `insert into membership_change (customer_id, business_date, kind, code, entered, reason) values ($1, $2, 'tag', $3, $4, $5)`,
    [customerId, date, code, left === null, left && JSON.stringify(left)],
  );
  // Segments may ask for the tag.
  await noteChanges(tx, [{ customerId, entity: 'customer', date: null }]);
  await tellChanges(tx);
}

/** A span that a merge moved: whose, and which. */
export interface MovedTag {
  tag: string;
  since: string;
}

/**
 * Gives the tags that people set of one customer to another, with their history; a tag that both have now stays with each. Returns which
 * were moved. The transaction acts as the owner.
 */
export async function moveHandTags(tx: Transaction, from: string, to: string): Promise<MovedTag[]> {
  const { rows } = await tx.query<MovedTag>(
    `update customer_tag g set customer_id = $2
      where g.customer_id = $1 and g.reason ->> 'version' = 'manual'
        and not exists (select from customer_tag o where o.customer_id = $2 and o.tag = g.tag
          and (o.since = g.since or (o.until is null and g.until is null)))
      returning g.tag, g.since::text`,
    [from, to],
  );
  await showHandTags(tx, [to]);
  return rows;
}

/** Gives back the tags that a merge moved, as they now are. What the customer then shows follows with `showHandTags`. */
export async function returnHandTags(
  tx: Transaction,
  from: string,
  to: string,
  moved: readonly MovedTag[],
): Promise<void> {
  await tx.query(
    `with back as (update customer_tag g set customer_id = $2 from unnest($3::text[], $4::date[]) m(tag, since)
       where g.customer_id = $1 and g.tag = m.tag and g.since = m.since returning g.tag)
     update customer_metric set tags = array(select t from unnest(tags) t where t not in (select tag from back)) where customer_id = $1`,
    [from, to, moved.map(({ tag }) => tag), moved.map(({ since }) => since)],
  );
}

/** Puts the tags that people set among the current ones of customers whose row of metrics was made anew. */
export async function showHandTags(tx: Transaction, customers: readonly string[]): Promise<void> {
  await tx.query(
    `update customer_metric m set tags = m.tags || held.tags
       from (select g.customer_id, array_agg(g.tag order by g.tag) as tags from customer_tag g
               join customer_metric c on c.customer_id = g.customer_id
              where g.customer_id = any($1::bigint[]) and g.until is null and g.reason ->> 'version' = 'manual' and not (g.tag = any(c.tags))
              group by g.customer_id) held
      where m.customer_id = held.customer_id`,
    [customers],
  );
}

async function audit(
  ctx: Context,
  tx: Transaction,
  customerId: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'update',
    entity: 'customer',
    recordId: customerId,
    customerId,
    detail,
  });
}
