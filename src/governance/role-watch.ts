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
  const renew = () => {
    reading = reading.then(async () => {
      try {
        await readRoles(database, model);
        // Actors were forgotten when the change was told; some may have been made of the old roles since.
        forgetActors(database);
      } catch (error) {
        report(error);
      }
    });
  };
  const listening = await listen(database, ACCESS_CHANNEL, renew);
  return async () => {
    await listening.close();
    await reading;
  };
}
