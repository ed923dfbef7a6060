import { ACCESS_CHANNEL, readRoles } from '#access';
import { type Database, listen } from '#database';
import { forgetActors } from '#identity';
import type { Model } from '#metadata';

/** Puts roles in force in this process whenever the database tells that they changed, until the returned function is called. */
export async function watchRoles(
  database: Database,
  model: Model,
  report: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let reading: Promise<void> = Promise.resolve();
  let stopped = false;
  const renew = () => {
    if (stopped) return;
    reading = reading.then(async () => {
      try {
        // Without a connection there is nothing to read; once it is made again, we are told.
        if (!(await listening.probe())) return;
        await readRoles(database, model);
        // Actors were forgotten when the change was told; some may have been made of the old roles since.
        forgetActors(database);
      } catch (error) {
        if (!stopped) report(error);
      }
    });
  };
  const listening = await listen(database, ACCESS_CHANNEL, renew);
  // What was told before anybody listened.
  renew();
  await reading;
  return async () => {
    stopped = true;
    await listening.close();
    await reading;
  };
}
