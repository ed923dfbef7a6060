import pg from 'pg';
import { connectionConfig, type Database, urlOf } from './connection.ts';

const limits = { reconnectMs: 1_000 };

/**
 * Calls back on every NOTIFY of a channel, on a connection of its own, until the returned function is called. A lost connection
 * is made again; what was sent meanwhile is lost, so the callback also runs (with an empty text) after each reconnection, and
 * whoever relies on it must look around now and then by himself.
 */
export async function listen(
  db: Database,
  channel: string,
  onMessage: (payload: string) => void,
): Promise<() => Promise<void>> {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const connect = async () => {
    const next = new pg.Client(connectionConfig(urlOf(db), { applicationName: `tongguan ${channel}` }));
    next.on('notification', (message) => onMessage(message.payload ?? ''));
    const lost = () => {
      if (client === next) client = undefined;
      if (!closed) retry ??= setTimeout(reconnect, limits.reconnectMs).unref();
    };
    next.on('error', lost);
    next.on('end', lost);
    await next.connect();
    await next.query(`listen ${next.escapeIdentifier(channel)}`);
    if (closed) await next.end();
    else client = next;
  };
  const reconnect = () => {
    retry = undefined;
    connect().then(
      () => onMessage(''),
      () => {
        if (!closed) retry ??= setTimeout(reconnect, limits.reconnectMs).unref();
      },
    );
  };

  await connect();
  return async () => {
    closed = true;
    clearTimeout(retry);
    await client?.end();
  };
}
