import type { Queryable, Transaction } from '#database';
import type { Text } from '#kernel';
import { recordId } from '#metadata';

export const LEVELS = ['info', 'warning', 'urgent'] as const;
export type Level = (typeof LEVELS)[number];

export interface NewNotification {
  /** Made of what caused it and for whom, so that the same cause tells once. */
  id: string;
  userId: string;
  level: Level;
  /** At most 200 characters; [客户姓名] stands for the customer's name. */
  title: Text;
  /** At most 2,000 characters. Worded with amounts it is withheld from who may not see them. */
  text?: Text | null;
  /** Whom it is about. */
  customerId?: string | null;
  /** A page of the program, such as `/business-days`; by default the customer's. */
  path?: string | null;
  rule?: string | null;
}

const limits = {
  rowsAtOnce: 5_000,
  titleLengthMax: 200,
  textLengthMax: 2_000,
};

/** Tells people, in the transaction of what it tells of; what was told before under the same id is left as it is. Returns how many are new. */
export async function notify(tx: Transaction, at: Date, list: readonly NewNotification[]): Promise<number> {
  let told = 0;
  for (let from = 0; from < list.length; from += limits.rowsAtOnce) {
    const rows = list.slice(from, from + limits.rowsAtOnce).map((each) => ({
      user_id: each.userId,
      id: each.id,
      level: each.level,
      title: cut(each.title, limits.titleLengthMax),
      text: each.text ? cut(each.text, limits.textLengthMax) : null,
      customer_id: each.customerId ?? null,
      path: each.path ?? null,
      rule: each.rule ?? null,
    }));
    const { rowCount } = await tx.query(
      `insert into notification (user_id, id, at, level, title, text, customer_id, path, rule)
       select user_id, id, $2, level, title, nullif(text, 'null'::jsonb), customer_id, path, rule
         from jsonb_to_recordset($1::jsonb) as n (user_id bigint, id bigint, level text, title jsonb, text jsonb, customer_id bigint, path text, rule text)
       on conflict do nothing`,
      [JSON.stringify(rows), at.toISOString()],
    );
    told += rowCount;
  }
  return told;
}

const cut = ({ zh, en }: Text, max: number): Text => ({ zh: shortened(zh, max), en: shortened(en, max) });
const shortened = (text: string, max: number) => (text.length > max ? `${text.slice(0, max - 1)}…` : text);

/** What is told to everybody who holds one of these roles now. `key` names the cause: told again under the same key it is told to nobody twice. */
export async function notifyHolders(
  tx: Transaction,
  at: Date,
  roles: readonly string[],
  key: string,
  what: Pick<NewNotification, 'level' | 'title' | 'text' | 'path' | 'rule'>,
): Promise<number> {
  const users = await holders(tx, roles, at);
  return await notify(
    tx,
    at,
    users.map((userId) => ({ ...what, userId, id: recordId('notification', 'program', `${key}/${userId}`) })),
  );
}

/** People in whose account or post of today one of the roles stands. */
async function holders(db: Queryable, roles: readonly string[], at: Date): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select u.id from "user" u where u.active and u.kind is distinct from 'api' and (u.roles && $1::text[] or exists (
       select from post p where p.user_id = u.id and p.role = any($1::text[]) and p.starts_on <= $2::timestamptz::date
         and (p.ends_on is null or p.ends_on >= $2::timestamptz::date))) order by u.id`,
    [roles, at.toISOString()],
  );
  return rows.map(({ id }) => id);
}
