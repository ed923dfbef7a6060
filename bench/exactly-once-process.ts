import { readFileSync } from 'node:fs';
import { openDatabase } from '#database';
import { startWorker } from '#jobs';
import { modelInForce } from '#metadata';
import { startRefresher } from '#rules';
import { fileMasterKeys, openVault } from '#vault';
import { buildServer, openRequests } from '../src/server/app.ts';
import { allJobHandlers, allSchedules } from '../src/server/background.ts';
import { packModel } from '../src/server/model.ts';

// One process of the product for `prove -- exactly-once`: takes in events, or works in the background. It lives until it is killed.

const [role, url, home, clockFile, port] = process.argv.slice(2) as [string, string, string, string, string];

/** The virtual present: what the file names as now, plus what has passed since. */
function clock(): Date {
  const { at, since } = JSON.parse(readFileSync(clockFile, 'utf8')) as { at: number; since: number };
  return new Date(at + Date.now() - since);
}

const report = (error: unknown) => {
  // Killing the database is the point of the exercise; what it breaks is tried again.
  if (process.env.EXACTLY_ONCE_LOUD) console.error(role, error);
};
process.on('uncaughtException', (error) => {
  report(error);
  process.exit(1);
});

openVault({ master: fileMasterKeys({ folder: `${home}/keys` }), clock, cipher: 'aes' });
const database = await openDatabase(url, { maxConnections: 6 });
const model = packModel();
if (role === 'server') {
  const app = await buildServer({
    database,
    requests: await openRequests(database, { maxConnections: 4 }),
    model,
    clock,
    home,
    webFolder: null,
    secureCookies: false,
    version: 'prove',
    report,
  });
  await app.listen({ host: '127.0.0.1', port: Number(port) });
} else {
  await startWorker({
    database,
    clock,
    handlers: allJobHandlers(model, home),
    schedules: allSchedules('Asia/Shanghai'),
    leaseMs: 1_500,
    report,
  });
  await startRefresher({ database, clock, model: () => modelInForce(model), report });
}
