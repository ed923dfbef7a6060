import type { Transaction } from '#database';
import { enqueue } from '#jobs';
import type { Clock } from '#kernel';

export const DELIVER_JOB = 'outbox.deliver';

const limits = { rowsAtOnce: 2_000 };

interface Common {
  /** Made of what caused it, so that the same cause sends once. */
  id: string;
  customerId: string | null;
  rule: string | null;
  notBefore: Date;
}

export type NewOutgoing = Common &
  (
    | {
        kind: 'webhook';
        /** Code of the target. */
        target: string;
        /** CloudEvent type, such as `tongguan.rule.alert`. */
        type: string;
        /** What the event is about, within the source. */
        subject: string;
        /** Its `figures` leave only where the target takes them. */
        data: Record<string, unknown>;
      }
    | {
        kind: 'message';
        /** The channel. */
        target: string;
        /** Id of the message. */
        message: string;
      }
  );

/** Puts into the outbox what is to leave, in the transaction of its cause; what is there under the same id stays. Returns how many are new. */
export async function putOut(tx: Transaction, clock: Clock, list: readonly NewOutgoing[]): Promise<number> {
  const now = clock();
  let put = 0;
  for (let from = 0; from < list.length; from += limits.rowsAtOnce) {
    const rows = list.slice(from, from + limits.rowsAtOnce).map((each) => ({
      id: each.id,
      kind: each.kind,
      target: each.target,
      customer_id: each.customerId,
      rule: each.rule,
      not_before: each.notBefore.toISOString(),
      body: each.kind === 'message' ? { message: each.message } : cloudEvent(each, now),
    }));
    const { rowCount } = await tx.query(
      `insert into outbox (id, at, kind, target, customer_id, rule, body, not_before)
       select id, $2, kind, target, customer_id, rule, body, not_before
         from jsonb_to_recordset($1::jsonb) as o (id bigint, kind text, target text, customer_id bigint, rule text, body jsonb, not_before timestamptz)
       on conflict do nothing`,
      [JSON.stringify(rows), now.toISOString()],
    );
    put += rowCount;
  }
  // Without a key: a job under way may have taken its last look already. One that finds nothing costs nothing.
  if (put > 0 && list.some(({ kind }) => kind === 'webhook'))
    await enqueue(tx, clock, { kind: DELIVER_JOB, payload: null });
  return put;
}

function cloudEvent(each: NewOutgoing & { kind: 'webhook' }, now: Date) {
  return {
    specversion: '1.0',
    id: each.id,
    source: '/tongguan',
    type: each.type,
    subject: each.subject,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: each.data,
  };
}
