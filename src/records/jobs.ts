import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import type { JobHandler, Schedule } from '#jobs';
import { addMonths, type Clock, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { keyStatus, rotateKeys } from '#vault';
import { ensurePartitions } from './partitions.ts';
import { resealRetired } from './reseal.ts';
import { forgetOldBatches } from './undo.ts';

const RESEAL = 'records.reseal';
const FORGET = 'records.forget_batches';
const PARTITIONS = 'records.partitions';
const MONTHS_AHEAD = 2;
/** Half of the time is left to those who work. */
const REST = 1;

/**
 * Rotates data keys that are due, and seals anew what stands under retired ones; ended at any moment, it goes on another day. Forgets
 * what stood before batches that can no longer be withdrawn. Makes the partitions of the months to come.
 */
export function jobHandlers(model: Model): JobHandler[] {
  const reseal: JobHandler<unknown> = {
    kind: RESEAL,
    label: { zh: '轮换加密密钥', en: 'Rotate the keys of sealed values' },
    timeoutMs: 12 * 3_600_000,
    async run({ database, clock, signal, progress }) {
      const due = (await keyStatus(database)).some((key) => key.due);
      if (due) await rotateKeys(database, ['seal'], (tx) => recordRotation(tx, clock(), ['seal']));
      return resealRetired(database, model, { rest: REST, signal, onProgress: (rows) => progress({ rows }) });
    },
  };
  const forget: JobHandler<unknown> = {
    kind: FORGET,
    label: { zh: '清理过期的批次留底', en: 'Forget what stood before old batches' },
    timeoutMs: 3_600_000,
    run: async ({ database, clock }) => ({ rows: await forgetOldBatches(database, clock) }),
  };
  const partitions: JobHandler<unknown> = {
    kind: PARTITIONS,
    label: { zh: '预建事实分区', en: 'Make the partitions of months to come' },
    timeoutMs: 600_000,
    run: ({ database, clock }) => makePartitions(database, model, clock),
  };
  return [reseal as JobHandler, forget as JobHandler, partitions as JobHandler];
}

/**
 * Partitions of this month and the next ones. A load that had to make them would keep everybody from reading the facts until it is
 * done: PostgreSQL locks the whole table for a new partition until the transaction ends.
 */
async function makePartitions(db: Queryable, model: Model, clock: Clock): Promise<void> {
  const first = `${clock().toISOString().slice(0, 7)}-01`;
  const months = Array.from({ length: MONTHS_AHEAD + 1 }, (_, index) => addMonths(first, index).slice(0, 7));
  for (const entity of model.entities) if (entity.storage === 'fact') await ensurePartitions(db, entity, months);
}

/** The record of a rotation, in its transaction. */
export async function recordRotation(tx: Transaction, at: Date, kinds: string[]): Promise<void> {
  await record(tx, { at, actor: systemActor, action: 'configure', detail: { keys: 'rotated', kinds } });
}

/** Every night, when nobody works. */
export function schedules(zone: string): Schedule[] {
  return [
    { name: 'reseal', kind: RESEAL, at: '03:30', zone, payload: (date) => ({ date }) },
    { name: 'partitions', kind: PARTITIONS, at: '00:30', zone, payload: (date) => ({ date }) },
    { name: 'forget_batches', kind: FORGET, at: '04:30', zone, payload: (date) => ({ date }) },
  ];
}
