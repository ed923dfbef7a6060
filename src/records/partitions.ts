import { ident, type Queryable } from '#database';
import { addMonths } from '#kernel';
import type { EntityDefinition } from '#metadata';

/** The table that holds a month (`YYYY-MM`) of a fact. */
export function partitionOf(entity: EntityDefinition, month: string): string {
  return `${entity.code}_${month.replace('-', '_')}`;
}

/** Makes the monthly partitions of a fact that are missing; months as `YYYY-MM`. */
export async function ensurePartitions(
  tx: Queryable,
  entity: EntityDefinition,
  months: readonly string[],
): Promise<void> {
  for (const month of months) {
    const from = `${month}-01`;
    const partition = ident(partitionOf(entity, month)).sql;
    await tx.query(
      `create table if not exists ${partition} partition of ${ident(entity.code).sql}
         for values from ('${from}') to ('${addMonths(from, 1)}')`,
    );
  }
}
