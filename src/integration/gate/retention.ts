import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Database } from '#database';
import { code, oncePerModel, readDefinitions } from '#facts';
import type { Clock } from '#kernel';
import type { Model } from '#metadata';
import { readFeeds } from '../feeds/store.ts';
import { kept } from '../places.ts';

const days = z.int().min(1).max(3_650);
const definition = z.strictObject({ code, keep_days: days, uploads_days: days });

/** How long files are kept, from `loads.yaml` of the packs; the last pack that says so wins. */
export const fileTimes = oncePerModel((model) => readDefinitions(model, 'loads', definition).at(-1)!);

const DAY_MS = 86_400_000;
/** Ids carry the milliseconds at which they were made above so many random bits. */
const RANDOM_BITS = 21n;
const madeAt = (id: string) => Number(BigInt(id) >> RANDOM_BITS);

/** Deletes files of runs and uploads past their time; the runs themselves, their figures and rejects stay. */
export async function sweepFiles({
  database,
  clock,
  model,
  home,
}: {
  database: Database;
  clock: Clock;
  model: Model;
  home: string;
}): Promise<{ deleted: number }> {
  const now = clock().getTime();
  const times = fileTimes(model);
  const feeds = new Map((await readFeeds(database)).map((feed) => [feed.code, feed.keep_days]));
  let deleted = 0;
  const old = (id: string, daysKept: number) => /^\d{1,19}$/.test(id) && now - madeAt(id) > daysKept * DAY_MS;
  for (const root of ['archive', 'failed']) {
    for (const name of foldersIn(join(home, root))) {
      for (const date of foldersIn(join(home, root, name))) {
        for (const run of foldersIn(join(home, root, name, date))) {
          if (!old(run.replace(/^run-/, ''), feeds.get(name) ?? times.keep_days)) continue;
          await rm(join(home, root, name, date, run), { recursive: true });
          deleted += 1;
        }
      }
    }
  }
  for (const upload of foldersIn(join(home, 'uploads'))) {
    if (!old(upload, times.uploads_days)) continue;
    await rm(kept.upload(home, upload), { recursive: true });
    await database.query('delete from load_upload_file where upload_id = $1', [upload]);
    await database.query('delete from load_upload where id = $1', [upload]);
    deleted += 1;
  }
  return { deleted };
}

const foldersIn = (path: string) =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];
