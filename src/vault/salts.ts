import { randomBytes } from 'node:crypto';
import { prepared, type Queryable, type Transaction } from '#database';
import { vault } from './keys.ts';

const SALT_BYTES = 16;

/** Salts of customers, made where there is none. Those who were erased are missing in the answer. */
export async function ensureSalts(tx: Queryable, customerIds: readonly string[]): Promise<Map<string, Buffer>> {
  const known = await readSalts(tx, customerIds);
  const fresh = customerIds.filter((id) => !known.has(id));
  if (fresh.length === 0) return livingOf(known);
  await tx.query(
    prepared(
      'vault_salts_make',
      `insert into customer_salt (customer_id, salt)
         select n.id, decode(n.salt, 'hex') from unnest($1::bigint[], $2::text[]) as n(id, salt) on conflict do nothing`,
      [fresh, fresh.map(() => randomBytes(SALT_BYTES).toString('hex'))],
    ),
  );
  // Read back: another program may have made one in the same moment.
  for (const [id, salt] of await readSalts(tx, fresh)) known.set(id, salt);
  return livingOf(known);
}

async function readSalts(tx: Queryable, customerIds: readonly string[]): Promise<Map<string, Buffer | null>> {
  const { rows } = await tx.query<{ customer_id: string; salt: Buffer | null }>(
    prepared('vault_salts', 'select customer_id, salt from customer_salt where customer_id = any($1::bigint[])', [
      customerIds,
    ]),
  );
  return new Map(rows.map((row) => [row.customer_id, row.salt]));
}

function livingOf(salts: Map<string, Buffer | null>): Map<string, Buffer> {
  return new Map([...salts].filter((entry): entry is [string, Buffer] => entry[1] !== null));
}

/**
 * Destroys a customer's salt: whatever was sealed with it, in this row, in older versions of it and in logs, opens never
 * again. The row stays as the mark of an erased customer. Returns false when it was destroyed before.
 */
export async function shred(tx: Transaction, customerId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into customer_salt (customer_id, salt, erased_at) values ($1, null, $2)
     on conflict (customer_id) do update set salt = null, erased_at = excluded.erased_at
       where customer_salt.salt is not null`,
    [customerId, vault().clock().toISOString()],
  );
  return rowCount > 0;
}
