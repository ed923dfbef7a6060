import type { JobHandler, Schedule } from '#jobs';
import type { Model } from '#metadata';
import { keyStatus, rotateKeys } from '#vault';
import { resealRetired } from './reseal.ts';

const KIND = 'records.reseal';
/** Half of the time is left to those who work. */
const REST = 1;

/** Rotates data keys that are due, and seals anew what stands under retired ones; ended at any moment, it goes on another day. */
export function jobHandlers(model: Model): JobHandler[] {
  const handler: JobHandler<unknown> = {
    kind: KIND,
    label: { zh: '轮换加密密钥', en: 'Rotate the keys of sealed values' },
    timeoutMs: 12 * 3_600_000,
    async run({ database, signal, progress }) {
      const due = (await keyStatus(database)).some((key) => key.due);
      if (due) await rotateKeys(database, ['seal']);
      return resealRetired(database, model, { rest: REST, signal, onProgress: (rows) => progress({ rows }) });
    },
  };
  return [handler as JobHandler];
}

/** Every night, when nobody works. */
export function schedules(zone: string): Schedule[] {
  return [{ name: 'reseal', kind: KIND, at: '03:30', zone, payload: (date) => ({ date }) }];
}
