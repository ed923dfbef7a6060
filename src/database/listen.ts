import pg from 'pg';
import { connectionConfig, type Database, urlOf } from './connection.ts';

const limits = { reconnectMs: 1_000, probeMs: 1_000 };

export interface Listening {
  /**
   * Asks the connection for a sign of life. True means that every message sent before this call has been delivered; false that
   * messages may have been lost. Never throws.
   */
  probe(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Calls back on every NOTIFY of a channel, on a connection of its own, until closed. A lost connection is made again; what was
 * sent meanwhile is lost, so the callback also runs (with an empty text) when a connection is lost and after each reconnection,
 * and whoever relies on it must look around now and then by himself.
 */
export async function listen(db: Database, channel: string, onMessage: (payload: string) => void): Promise<Listening> {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const connect = async () => {
    const next = new pg.Client(connectionConfig(urlOf(db), { applicationName: `tongguan ${channel}` }));
    next.on('notification', (message) => onMessage(message.payload ?? ''));
    const lost = () => {
      if (client === next) {
        client = undefined;
        if (!closed) onMessage('');
      }
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
  return {
    async probe() {
      const asked = client;
      if (!asked) return false;
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<false>((resolve) => {
        timer = setTimeout(() => {
          // A connection that went silent without ending would never be noticed otherwise.
          (asked as pg.Client & { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
          resolve(false);
        }, limits.probeMs).unref();
      });
      const answer = asked.query('select').then(
        () => client === asked,
        () => false,
      );
      const alive = await Promise.race([answer, silence]);
      clearTimeout(timer);
      return alive;
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
