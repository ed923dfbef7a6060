import { randomBytes } from 'node:crypto';
import type { Queryable } from '#database';
import { openValues, type StoredValue } from './keys.ts';

// How a sealed value leaves SQL for a reader who sees it clear. The statement puts a token in its place, which names the place
// and brings the salt; `unseal` replaces tokens in the finished JSON. The mark is random for each process and never leaves it,
// so no text that somebody stored can pass for a token.
const MARK = `~${randomBytes(18).toString('base64url')}~`;
const TOKEN = new RegExp(`${MARK}([a-z0-9_]+)\\.([a-z0-9_]+):(\\d+):([0-9a-f]*):([A-Za-z0-9_.-]+);`, 'g');

export interface SealedColumn {
  entity: string;
  column: string;
  /** SQL of the column, of the row's id, and of the customer whose salt it is; none for rows that are nobody's. */
  value: string;
  rowId: string;
  customerId?: string | undefined;
}

/** SQL of the token; null where there is no value or the customer was erased. Only for statements whose answer is unsealed. */
export function tokenSql({ entity, column, value, rowId, customerId }: SealedColumn): string {
  const head = `'${MARK}${entity}.${column}:' || ${rowId}::text || ':'`;
  if (!customerId) return `${head} || ':' || ${value} || ';'`;
  return `(select ${head} || encode(ps.salt, 'hex') || ':' || ${value} || ';' from customer_salt ps where ps.customer_id = ${customerId})`;
}

/** True when a text still holds a token: it must not leave the program. */
export function isSealed(text: string): boolean {
  return text.includes(MARK);
}

/** Replaces the tokens within JSON text by their values, escaped. */
export async function unseal(db: Queryable, json: string): Promise<string> {
  if (!isSealed(json)) return json;
  const values: StoredValue[] = [];
  for (const [, entity, column, rowId, salt, text] of json.matchAll(TOKEN)) {
    values.push({
      entity: entity!,
      column: column!,
      rowId: rowId!,
      salt: salt ? Buffer.from(salt, 'hex') : null,
      text: text!,
    });
  }
  const opened = await openValues(db, values);
  let next = 0;
  return json.replace(TOKEN, () => {
    const value = JSON.stringify(opened[next]);
    next += 1;
    return value.slice(1, -1);
  });
}
