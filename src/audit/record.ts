import type { Queryable } from '#database';
import { prepared } from '#database';
import type { Actor } from '#kernel';

/** What can happen; one word each, in the order of a record's life. */
export const auditActions = [
  'sign_in',
  'sign_in_refused',
  'sign_out',
  'view',
  'search',
  'reveal',
  'create',
  'update',
  'complete',
  'load',
  'day',
  'configure',
  'export',
  'view_as',
  'erase',
  'denied',
  'prune',
] as const;

export type AuditAction = (typeof auditActions)[number];

export interface AuditEvent {
  at: Date;
  actor: Pick<Actor, 'userId' | 'username'>;
  action: AuditAction;
  entity?: string | undefined;
  recordId?: string | undefined;
  customerId?: string | undefined;
  /** Values before and after, purposes, counts; never a password or a token. */
  detail?: Record<string, unknown> | undefined;
  /** Default `allowed`. */
  decision?: 'allowed' | 'denied' | undefined;
  /** Why the person says that he needs it. */
  purpose?: string | undefined;
  /** The rule or reason code by which it was allowed or denied. */
  rule?: string | undefined;
}

const DETAIL_BYTES_MAX = 65_536;

/** Columns of an event in the order of `auditValues`; for statements that audit and read in one round trip. */
export const AUDIT_INSERT =
  'insert into audit_event (at, actor_id, actor, action, entity, record_id, customer_id, detail)';

export function auditValues(event: AuditEvent): unknown[] {
  const detail = event.detail ? JSON.stringify(event.detail) : null;
  if (detail && Buffer.byteLength(detail) > DETAIL_BYTES_MAX) {
    throw new Error(`audit detail of ${event.action} exceeds ${DETAIL_BYTES_MAX} bytes`);
  }
  return [
    event.at.toISOString(),
    event.actor.userId,
    event.actor.username,
    event.action,
    event.entity ?? null,
    event.recordId ?? null,
    event.customerId ?? null,
    detail,
  ];
}

/** Writes one event in the transaction of its cause: when it cannot be written, the cause does not happen either. */
export async function record(tx: Queryable, event: AuditEvent): Promise<void> {
  const columns = AUDIT_INSERT.replace('detail)', 'detail, decision, purpose, rule)');
  await tx.query(
    prepared('audit_record', `${columns} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, [
      ...auditValues(event),
      event.decision ?? 'allowed',
      event.purpose ?? null,
      event.rule ?? null,
    ]),
  );
}

/** Writes many events in one statement, each as `record` would. */
export async function recordAll(tx: Queryable, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => {
    const [at, actor_id, actor, action, entity, record_id, customer_id, detail] = auditValues(event);
    return {
      at,
      actor_id,
      actor,
      action,
      entity,
      record_id,
      customer_id,
      detail,
      decision: event.decision ?? 'allowed',
      purpose: event.purpose ?? null,
      rule: event.rule ?? null,
    };
  });
  await tx.query(
    `${AUDIT_INSERT.replace('detail)', 'detail, decision, purpose, rule)')}
     select at, actor_id, actor, action, entity, record_id, customer_id, detail::jsonb, decision, purpose, rule
       from jsonb_to_recordset($1::jsonb) as e (at timestamptz, actor_id bigint, actor text, action text, entity text, record_id bigint,
         customer_id bigint, detail text, decision text, purpose text, rule text)`,
    [JSON.stringify(rows)],
  );
}
