import { type Database, type DatabaseOptions, type Embedded, openDatabase, startEmbedded } from '#database';
import { systemClock } from '#kernel';
import { fileMasterKeys, openVault, type Vault } from '#vault';
import type { Config } from './config.ts';
import type { Progress } from './progress.ts';

export interface ProductDatabase {
  /**
   * Starts or reaches the server, brings the schema up to date once, and opens a pool; without options always the same one.
   */
  open(options?: DatabaseOptions): Promise<Database>;
  /** Waits for running statements, then lets go of the server. Fine when nothing was opened. */
  close(): Promise<void>;
  /** Lets go of the server without waiting: what runs is rolled back. For interrupted commands. */
  abandon(): Promise<void>;
}

/** The database that the settings name: DATABASE_URL, else the built-in one below the home folder. */
export function productDatabase(config: Config, progress: Progress): ProductDatabase {
  const pools: Database[] = [];
  let embedded: Embedded | undefined;
  let preparing: Promise<{ url: string; db: Database }> | undefined;

  const serverUrl = async () => {
    if (config.databaseUrl) return config.databaseUrl;
    const stage = progress.stage({ zh: '启动内置数据库', en: 'starting the built-in database' });
    embedded = await startEmbedded(config.home, { keepRunning: true });
    stage.end(embedded.adopted ? { zh: '已在运行', en: 'already running' } : undefined);
    return embedded.url;
  };
  const prepare = async () => {
    // The schema brings most rooms with it; help and usage errors do without.
    const [url, { migrate }, { packModel }] = await Promise.all([
      serverUrl(),
      import('./schema.ts'),
      import('./model.ts'),
    ]);
    const db = await openDatabase(url);
    pools.push(db);
    openVault(vaultOf(config));
    const stage = { shown: undefined as ReturnType<Progress['stage']> | undefined };
    await migrate(db, packModel(), {
      onProgress(rows) {
        stage.shown ??= progress.stage({ zh: '加密已有的个人信息', en: 'encrypting the personal data that is there' });
        stage.shown.update(rows);
      },
    });
    stage.shown?.end();
    return { url, db };
  };
  return {
    async open(options) {
      preparing ??= prepare();
      const { url, db } = await preparing;
      if (!options) return db;
      const pool = await openDatabase(url, options);
      pools.push(pool);
      return pool;
    },
    async close() {
      await preparing?.catch(() => {});
      await Promise.all(pools.map((pool) => pool.close()));
      await embedded?.stop();
    },
    async abandon() {
      await embedded?.stop();
    },
  };
}

/** The vault that the settings describe. */
export function vaultOf({ keys, masterPassphrase, dataCipher }: Config): Vault {
  return {
    master: fileMasterKeys({ folder: keys, passphrase: masterPassphrase }),
    clock: systemClock,
    cipher: dataCipher,
  };
}
