import { type Context, scopeCondition } from '#access';
import { record } from '#audit';
import { ident, join, raw, sql, type Transaction } from '#database';
import { dateIn, Failure } from '#kernel';
import { columnOf, type EntityDefinition, encryptedFields, indexColumn, maskedColumn } from '#metadata';
import { shred } from '#vault';
import { kinds } from './failures.ts';

/** What a row of the books needs when nobody is to be known by it any more; everything else of the customer is cleared. */
const KEPT = new Set(['kind', 'number', 'tier', 'aum', 'branch', 'owner', 'since', 'status', 'walled', 'erased_on']);

/** What the name becomes. The same in both languages: it stands in the books. */
const ERASED_NAME = '已抹除';

/**
 * Erases the personal data of one customer (PIPL art. 47): destroys the salt without which nothing sealed of the customer opens
 * again, and clears every personal field of the row. Accounts, transactions and tasks stay, as retention asks. Refused
 * while the customer has business with the institution or stands behind a wall (STR cases, disputes). Cannot be taken back.
 */
export async function eraseCustomer(
  ctx: Context,
  id: string,
  input: { reason: string },
): Promise<{ erasedOn: string }> {
  const customer = ctx.model.entity('customer');
  const at = ctx.clock();
  const erasedOn = dateIn(ctx.institution.zone, at);
  return ctx.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ walled: boolean | null; erased_on: string | null }>(
      sql`select c.walled, c.erased_on from customer c
        where c.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, customer, 'c')} for update`,
    );
    const row = rows[0];
    if (!row) throw new Failure(kinds.not_found);
    if (row.erased_on) throw new Failure(kinds.erased_already, { date: row.erased_on });
    if (row.walled) throw new Failure(kinds.erasure_held);
    await refuseWithBusiness(tx, id);
    // A household is named after its head.
    await tx.query(
      `update household h set name = $2, version = h.version + 1, updated_at = $3 from customer c
        where c.id = $1 and c.household_role = 'head' and h.id = c.household_id`,
      [id, ERASED_NAME, at.toISOString()],
    );
    await shred(tx, id);
    await tx.query('select forget_merged($1)', [id]);
    await tx.query('select forget_undo($1)', [id]);
    await tx.query('select forget_tag_notes($1)', [id]);
    const values = clearedValues(customer, erasedOn);
    const assignments = values.map(([column, value]) => sql`${raw(ident(column).sql)} = ${value}`);
    await tx.query(
      sql`update customer set ${join(assignments)}, version = version + 1, updated_at = ${at.toISOString()},
        updated_by = ${ctx.actor.userId}::bigint where id = ${id}::bigint`,
    );
    await record(tx, {
      at,
      actor: ctx.actor,
      action: 'erase',
      entity: 'customer',
      recordId: id,
      customerId: id,
      detail: { reason: input.reason, fields: values.map(([column]) => column) },
    });
    return { erasedOn };
  });
}

/** Columns of the row with what they become. */
function clearedValues(customer: EntityDefinition, erasedOn: string): [string, string | null][] {
  const personal = customer.fields.filter((field) => !KEPT.has(field.code) && !field.computed && field.code !== 'name');
  return [
    ['name', ERASED_NAME],
    ['erased_on', erasedOn],
    ...personal.map((field): [string, null] => [columnOf(field), null]),
    ...encryptedFields(customer).flatMap((field): [string, null][] => [
      [maskedColumn(field), null],
      [indexColumn(field), null],
    ]),
  ];
}

async function refuseWithBusiness(tx: Transaction, id: string): Promise<void> {
  const { rows } = await tx.query<{ accounts: number; holdings: number; loans: number }>(
    `select (select count(*)::int from account where customer_id = $1 and status is distinct from 'closed') as accounts,
            (select count(*)::int from holding where customer_id = $1 and status = 'held') as holdings,
            (select count(*)::int from loan where customer_id = $1 and status is distinct from 'repaid') as loans`,
    [id],
  );
  const { accounts, holdings, loans } = rows[0]!;
  if (accounts + holdings + loans > 0) throw new Failure(kinds.erasure_has_business, { accounts, holdings, loans });
}
