import { type Database, listen } from '#database';
import { DEFINITIONS_CHANNEL, type Model } from '#metadata';
import { renew } from './definitions.ts';

/**
 * Puts definitions in force in this process: those stored now, and whenever the database tells that they changed, until the returned
 * function is called.
 */
export async function watchDefinitions(
  database: Database,
  model: Model,
  report: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let reading: Promise<void> = Promise.resolve();
  let stopped = false;
  const read = () => {
    reading = reading.then(async () => {
      try {
        // Without a connection there is nothing to read; once it is made again, we are told.
        if (!stopped && (await listening.probe())) await renew(database, model);
      } catch (error) {
        if (!stopped) report(error);
      }
    });
    return reading;
  };
  const listening = await listen(database, DEFINITIONS_CHANNEL, () => void read());
  await read();
  return async () => {
    stopped = true;
    await listening.close();
    await reading;
  };
}
