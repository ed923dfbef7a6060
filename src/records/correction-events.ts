import { record } from '#audit';
import type { Queryable } from '#database';
import type { Actor } from '#kernel';
import type { EntityDefinition } from '#metadata';
import type { Correction } from './bulk-layout.ts';

/**
 * The audit events of corrected facts that a batch tells of, one each, so that their former values are seen as their fields are. `of` says where
 * the correction came from: a load, a source of events.
 */
export async function recordCorrections(
  tx: Queryable,
  { at, actor }: { at: Date; actor: Pick<Actor, 'userId' | 'username'> },
  entity: EntityDefinition,
  corrections: readonly Correction[],
  of: Record<string, string>,
): Promise<void> {
  for (const { id, customerId, before, after } of corrections) {
    const detail = { ...of, before, after };
    await record(tx, { at, actor, action: 'update', entity: entity.code, recordId: id, customerId, detail });
  }
}
