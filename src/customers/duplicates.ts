import { type Context, maskText, scopeCondition } from '#access';
import { record } from '#audit';
import { raw, sql } from '#database';
import { Failure } from '#kernel';
import { columnOf, encryptedFields, fieldTypes, indexColumn } from '#metadata';
import { indexesOf, titleOf } from '#records';
import { kinds } from './failures.ts';

export interface Duplicate {
  field: string;
  /** The customer with the same value, where the asking person reaches him; null where he belongs to others. */
  customer: { id: string; label: string | null } | null;
}

const limits = { perHour: 60, hourMs: 3_600_000, remembered: 10_000 };

/** When each person asked, in this process: a masked number leaves ten thousand possibilities, which must not be tried out. */
const asked = new Map<string, number[]>();

function refuseGuessing(ctx: Context): void {
  const person = ctx.actor.userId ?? '';
  const now = ctx.clock().getTime();
  const recent = (asked.get(person) ?? []).filter((at) => at > now - limits.hourMs && at <= now);
  if (recent.length >= limits.perHour) throw new Failure(kinds.duplicates_too_many, { max: limits.perHour });
  if (asked.size >= limits.remembered) asked.clear();
  asked.set(person, [...recent, now]);
}

/**
 * Whether customers with these identifiers exist already, before a new one is written: two people may share a phone, so this
 * only tells. Of customers out of reach it tells that there is one, and nothing of him. Each asking is recorded: by asking often
 * enough masked numbers could be guessed.
 */
export async function findDuplicates(
  ctx: Context,
  input: Record<string, string>,
): Promise<{ duplicates: Duplicate[] }> {
  refuseGuessing(ctx);
  const entity = ctx.model.entity('customer');
  const duplicates: Duplicate[] = [];
  const masked: Record<string, string> = {};
  for (const field of encryptedFields(entity)) {
    const value = input[field.code] === undefined ? null : fieldTypes[field.type].parse(input[field.code]!, field);
    if (value === null) continue;
    masked[field.code] = maskText(field.mask!, value);
    const indexes = await indexesOf(ctx.database, entity, field, [value]);
    const { rows } = await ctx.database.query<{ taken: boolean; id: string | null; label: string | null }>(
      sql`select index_taken('customer', ${columnOf(field)}, ${indexes}::text[], null) as taken, c.id, c.label
        from (select) one left join lateral (
          select t.id, ${raw(titleOf(ctx.model, ctx.actor, entity, 't'))} as label from customer t
           where t.${raw(indexColumn(field))} = any(${indexes}::text[]) and ${scopeCondition(ctx.model, ctx.actor, entity, 't')}
           order by t.id limit 1) c on true`,
    );
    const { taken, id, label } = rows[0]!;
    if (taken) duplicates.push({ field: field.code, customer: id === null ? null : { id, label } });
  }
  if (Object.keys(masked).length > 0) {
    await record(ctx.database, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'search',
      entity: 'customer',
      detail: { duplicates: masked, found: duplicates.map(({ field }) => field) },
    });
  }
  return { duplicates };
}
