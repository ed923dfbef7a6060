import { type Context, maskText, scopeCondition } from '#access';
import { record } from '#audit';
import { raw, sql } from '#database';
import { columnOf, encryptedFields, fieldTypes, indexColumn } from '#metadata';
import { indexesOf, titleOf } from '#records';

export interface Duplicate {
  field: string;
  /** The customer with the same value, where the asking person reaches him; null where he belongs to others. */
  customer: { id: string; label: string | null } | null;
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
  const entity = ctx.model.entity('customer');
  const duplicates: Duplicate[] = [];
  const asked: Record<string, string> = {};
  for (const field of encryptedFields(entity)) {
    const value = input[field.code] === undefined ? null : fieldTypes[field.type].parse(input[field.code]!, field);
    if (value === null) continue;
    asked[field.code] = maskText(field.mask!, value);
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
  if (Object.keys(asked).length > 0) {
    await record(ctx.database, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'search',
      entity: 'customer',
      detail: { duplicates: asked, found: duplicates.map(({ field }) => field) },
    });
  }
  return { duplicates };
}
