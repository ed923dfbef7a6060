import { readInstitution } from '#access';
import type { Database } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import type { Model } from '#metadata';
import { refresh } from '#rules';
import { noteKinds } from '../failures.ts';
import { bankAum } from './reconciliation.ts';
import type { LoadProgress } from './runs.ts';

interface SettleContext {
  database: Database;
  model: Model;
  clock: Clock;
  actor: Actor;
}

/**
 * Brings what is computed from the rows up to date after a run was written or withdrawn, and closes it: `done`, or `withdrawn`. What cannot be
 * brought up to date now is still noted; the run says so, and the program goes on by itself.
 */
export async function settleRun(
  { database, model, clock, actor }: SettleContext,
  run: string,
  status: 'done' | 'withdrawn',
  {
    signal,
    onProgress,
  }: { signal?: AbortSignal | undefined; onProgress?: ((progress: LoadProgress) => void) | undefined },
): Promise<void> {
  let total = 0;
  const tell = async (customers: number, waiting: number) => {
    total = Math.max(total, customers + waiting);
    const progress: LoadProgress = {
      phase: 'refreshing',
      file: '',
      entity: 'customer',
      rowsRead: customers,
      rowsTotal: total,
      bytesRead: customers,
      bytesTotal: total,
      bytesPerSecond: null,
      secondsLeft: null,
    };
    onProgress?.(progress);
    await database.query('update load_run set progress = $2 where id = $1', [run, JSON.stringify(progress)]);
  };
  let telling = Promise.resolve();
  let note: Failure | undefined;
  try {
    const institution = await readInstitution(database);
    await refresh(
      { database, model, clock, actor, institution },
      {
        signal,
        progress({ customers, waiting }) {
          telling = telling.then(() => tell(customers, waiting)).catch(() => {});
        },
      },
    );
  } catch (error) {
    if (signal?.aborted) throw error;
    const reason = error instanceof Failure ? { zh: error.text('zh'), en: error.text('en') } : String(error);
    note = new Failure(noteKinds.refresh_later, { reason });
  }
  await telling;
  const notes = note ? [{ zh: note.text('zh'), en: note.text('en') }] : [];
  await database.query(
    `update load_run set status = $2, progress = null, finished_at = coalesce(finished_at, $3), notes = notes || $4::jsonb,
            reconciliation = case when reconciliation -> 'aum' ->> 'before' is not null
              then jsonb_set(reconciliation, '{aum,after}', to_jsonb($5::text)) else reconciliation end
      where id = $1`,
    [run, status, clock().toISOString(), JSON.stringify(notes), await bankAum(database)],
  );
}
