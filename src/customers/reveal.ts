import { type Context, fieldView, scopeCondition } from '#access';
import { record } from '#audit';
import { ident, raw, sql } from '#database';
import { Failure } from '#kernel';
import { columnOf, fieldOf } from '#metadata';
import { readSealedFields } from '#records';
import { kinds } from './failures.ts';

const SHOWN_SECONDS = 60;

/** Shows one masked value of one customer for a stated purpose. Reading and recording are one transaction: no audit, no value. */
export async function revealField(
  ctx: Context,
  id: string,
  input: { field: string; purpose: string },
): Promise<{ value: string | null; expiresAt: string }> {
  const customer = ctx.model.entity('customer');
  const field = fieldOf(customer, input.field);
  if (!field || fieldView(ctx.model, ctx.actor, customer, field) !== 'masked') {
    throw new Failure(kinds.not_masked, { field: field?.label ?? input.field }, 'field');
  }
  const at = ctx.clock();
  return ctx.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ value: string | null }>(
      sql`select c.${raw(ident(columnOf(field)).sql)}::text as value from customer c
        where c.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, customer, 'c')}`,
    );
    if (!rows[0]) throw new Failure(kinds.not_found);
    const { value } = field.encrypted
      ? { value: (await readSealedFields(tx, customer, [field], id))[field.code] ?? null }
      : rows[0];
    await record(tx, {
      at,
      actor: ctx.actor,
      action: 'reveal',
      entity: 'customer',
      recordId: id,
      customerId: id,
      detail: input,
    });
    return { value, expiresAt: new Date(at.getTime() + SHOWN_SECONDS * 1000).toISOString() };
  });
}
