import { recordAll } from '#audit';
import { systemActor } from '#kernel';
import { noteChanges, tellChanges } from '#records';
import type { ActionRun, Done } from './action.ts';

/** Changes the service level of customers who have another, each change in the audit. */
export async function changeServiceLevel(run: ActionRun<'service_level'>): Promise<Map<string, Done>> {
  const { tx, rule, day, action, occurrences } = run;
  const { level } = action.act;
  const { rows } = await tx.query<{ id: string; before: string | null }>(
    `with found as materialized (
       select id, service_level from customer where id = any($1::bigint[]) and service_level is distinct from $2 for update)
     update customer c set service_level = $2, version = c.version + 1, updated_at = $3, updated_by = null
       from found where c.id = found.id returning c.id, found.service_level as before`,
    [occurrences.map(({ customerId }) => customerId), level, day.now.toISOString()],
  );
  await recordAll(
    tx,
    rows.map(({ id, before }) => ({
      at: day.now,
      actor: systemActor,
      action: 'update',
      entity: 'customer',
      recordId: id,
      customerId: id,
      rule: rule.definition.code,
      detail: { before: { service_level: before }, after: { service_level: level } },
    })),
  );
  if (rows.length > 0) {
    await noteChanges(
      tx,
      rows.map(({ id }) => ({ customerId: id, entity: 'customer', date: null })),
    );
    await tellChanges(tx);
  }
  return new Map(
    occurrences.map((each) => [
      each.alertId,
      { kind: 'service_level', entity: 'customer', id: each.customerId } satisfies Done,
    ]),
  );
}
