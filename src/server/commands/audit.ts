import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import {
  type AuditFilter,
  auditActions,
  auditKinds,
  exportLines,
  findingText,
  pruneAudit,
  publicPem,
  readPublicKeys,
  readRetention,
  record,
  rootKeeper,
  signingKey,
  trustedKeys,
  usageKinds,
  type Verdict,
  verifyAudit,
  verifyExport,
  witnessesOf,
} from '#audit';
import { Failure, formatCount, formatDuration, type Language, systemActor } from '#kernel';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { kinds } from '../failures.ts';
import { packModel } from '../model.ts';

const actions: Record<string, (ctx: CommandContext) => Promise<CommandResult>> = {
  verify: (ctx) => (ctx.arguments.FILE === undefined ? verifyDatabase(ctx) : verifyFile(ctx, ctx.arguments.FILE)),
  export: exportFile,
  root: newestRoot,
  key: publicKey,
  prune,
};

export const command: Command = {
  name: 'audit',
  summary: {
    zh: '审计：核验（可离线）、导出、签名根、公钥、清除到期记录',
    en: 'the audit: verify (also offline), export, signed roots, public key, removal of what has expired',
  },
  arguments: [
    {
      name: 'ACTION',
      summary: {
        zh: 'verify 核验 · export 导出 · root 签名并显示最新的根 · key 显示公钥 · prune 清除到期记录',
        en: 'verify · export · root (sign and show the newest) · key (the public one) · prune (remove what has expired)',
      },
    },
    {
      name: 'FILE',
      required: false,
      summary: {
        zh: 'export 写入的文件；verify 给出文件时离线核验，不连接数据库',
        en: 'what export writes; verify with a file needs no database',
      },
    },
  ],
  options: [
    { name: 'from', type: 'date', summary: { zh: '导出：自该日起（UTC）', en: 'export: from this day on (UTC)' } },
    {
      name: 'to',
      type: 'date',
      summary: { zh: '导出：至该日止（UTC，含当日）', en: 'export: up to and with this day (UTC)' },
    },
    { name: 'customer', type: 'text', summary: { zh: '导出：客户编号（id）', en: 'export: id of a customer' } },
    { name: 'actor', type: 'text', summary: { zh: '导出：用户名', en: 'export: a user name' } },
    {
      name: 'action',
      type: 'text',
      summary: { zh: '导出：动作，逗号分隔', en: 'export: actions, separated by commas' },
    },
    {
      name: 'public-key',
      type: 'text',
      summary: { zh: '核验：可信公钥的 PEM 文件', en: 'verify: PEM file with the public keys to trust' },
    },
    {
      name: 'roots',
      type: 'text',
      summary: {
        zh: '核验：另处保存的签名根，文件夹或文件（默认为 AUDIT_WITNESS）',
        en: 'verify: signed roots kept elsewhere, folder or file (default: AUDIT_WITNESS)',
      },
    },
    {
      name: 'before',
      type: 'date',
      summary: {
        zh: '清除：只清除该日之前已签名的；任何情况下都不清除未到期的',
        en: 'prune: only what was signed before this day; never what has not expired',
      },
    },
  ],
  examples: [
    'npx tongguan audit verify',
    'npx tongguan audit export 2026-11.jsonl --from 2026-11-01 --to 2026-11-30',
    'npx tongguan audit verify 2026-11.jsonl --public-key bank.pem --roots /mnt/worm/audit-roots',
    'npx tongguan audit prune',
  ],
  usageKinds,
  async run(ctx) {
    const name = ctx.arguments.ACTION!;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw new Failure(kinds.unknown_action, { action: name, known: Object.keys(actions).join(', ') });
    return await action(ctx);
  },
};

const retention = () => readRetention(packModel().data('retention'));

const witnesses = ({ config }: CommandContext) => witnessesOf(config.auditWitness, config.home);

async function keeperOf(ctx: CommandContext) {
  const { keys } = ctx.config;
  return rootKeeper({ database: await ctx.openDatabase(), clock: ctx.clock, keys, witnesses: witnesses(ctx) });
}

async function verifyDatabase(ctx: CommandContext): Promise<CommandResult> {
  const given = ctx.options.text('public-key');
  const trusted = given === undefined ? trustedKeys(ctx.config.keys) : readPublicKeys(given);
  const roots = ctx.options.text('roots');
  const database = await ctx.openDatabase();
  const stage = ctx.progress.stage({ zh: '核验审计', en: 'verifying the audit' });
  const started = performance.now();
  const verdict = await verifyAudit(database, {
    clock: ctx.clock,
    trusted,
    witnesses: roots === undefined ? witnesses(ctx) : [roots],
    classes: retention(),
    onProgress: (done, total) => stage.update(done, total),
  });
  stage.end();
  return told(verdict, performance.now() - started, ctx.language);
}

async function verifyFile(ctx: CommandContext, file: string): Promise<CommandResult> {
  const given = ctx.options.text('public-key');
  const stage = ctx.progress.stage({ zh: '核验导出文件', en: 'verifying the export' });
  const started = performance.now();
  const verdict = await verifyExport(file, {
    trusted: given === undefined ? undefined : readPublicKeys(given),
    roots: ctx.options.text('roots'),
    onProgress: (events) => stage.update(events),
  });
  stage.end();
  return told(verdict, performance.now() - started, ctx.language);
}

function told(verdict: Verdict, milliseconds: number, language: Language): CommandResult {
  const { sound, events, chains, roots, findings, findingCount, notes } = verdict;
  const took = formatDuration(milliseconds, language);
  const sums = {
    zh: `${formatCount(events)} 条记录，${chains} 条链，${formatCount(roots)} 个签名根（用时 ${took}）`,
    en: `${formatCount(events)} events, ${chains} chains, ${formatCount(roots)} signed roots (${took})`,
  };
  const outcome = sound
    ? { zh: '✓ 完整，未被改动', en: '✓ whole and unchanged' }
    : { zh: `✗ 发现 ${findingCount} 处改动`, en: `✗ tampered with: ${findingCount} findings` };
  return {
    ok: sound,
    data: {
      ...verdict,
      milliseconds: Math.round(milliseconds),
      findings: findings.map((finding) => ({ ...finding, text: findingText(finding, language) })),
      notes: notes.map((note) => note[language]),
    },
    lines: [
      ...findings.map((finding) => `✗ ${findingText(finding, language)}`),
      ...notes.map((note) => `· ${note[language]}`),
      sums[language],
      outcome[language],
    ],
  };
}

const EVENTS_MAX = 1_000_000;
const DAY_MS = 86_400_000;

async function exportFile(ctx: CommandContext): Promise<CommandResult> {
  const file = ctx.arguments.FILE;
  if (file === undefined) throw new Failure(auditKinds.file_needed);
  if (existsSync(file)) throw new Failure(auditKinds.file_exists, { file });
  const filter = filterOf(ctx);
  const keeper = await keeperOf(ctx);
  await keeper.keep();
  const database = await ctx.openDatabase();
  const lines = exportLines(database, {
    clock: ctx.clock,
    actor: systemActor,
    key: keeper.key,
    filter,
    eventsMax: EVENTS_MAX,
  });
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  let last = '';
  for await (const line of lines) {
    last = line;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const { events, leftOut, sha256 } = JSON.parse(last) as { events: number; leftOut: number; sha256: string };
  await record(database, {
    at: ctx.clock(),
    actor: systemActor,
    action: 'export',
    entity: 'audit_event',
    detail: { filter, events, leftOut, sha256 },
  });
  const text = {
    zh: `已写入 ${file}：${formatCount(events)} 条记录（另有 ${formatCount(leftOut)} 条仅列摘要）`,
    en: `wrote ${file}: ${formatCount(events)} events (and the digests of ${formatCount(leftOut)} others)`,
  };
  return { data: { file, events, leftOut, sha256 }, lines: [text[ctx.language]] };
}

function filterOf({ options }: CommandContext): AuditFilter {
  const [from, to] = [options.date('from'), options.date('to')];
  if (from && to && from > to) throw new Failure(auditKinds.range_invalid);
  const action = options.text('action')?.split(',');
  const unknown = action?.find((each) => !(auditActions as readonly string[]).includes(each));
  if (unknown !== undefined)
    throw new Failure(auditKinds.action_unknown, { action: unknown, known: auditActions.join(', ') });
  const customer = options.text('customer');
  if (customer !== undefined && !/^\d{1,19}$/.test(customer))
    throw new Failure(auditKinds.id_invalid, { value: customer });
  return {
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(Date.parse(to) + DAY_MS),
    customer,
    actor: options.text('actor'),
    action,
  };
}

async function newestRoot(ctx: CommandContext): Promise<CommandResult> {
  const { root, witnesses: places } = await (await keeperOf(ctx)).keep();
  const none = { zh: '还没有任何记录', en: 'nothing has been recorded yet' };
  const failed = places.filter(({ error }) => error !== null);
  return {
    ok: failed.length === 0,
    data: { root: root ? JSON.parse(root.line) : null, witnesses: places },
    lines: [root?.line ?? none[ctx.language], ...failed.map(({ place, error }) => `✗ ${place}: ${error}`)],
  };
}

async function publicKey(ctx: CommandContext): Promise<CommandResult> {
  const pem = publicPem(signingKey(ctx.config.keys).publicKey);
  return { data: { pem }, lines: [pem.trim()] };
}

async function prune(ctx: CommandContext): Promise<CommandResult> {
  const { language } = ctx;
  const before = ctx.options.date('before');
  const database = await ctx.openDatabase();
  const classes = retention();
  const pruned = await pruneAudit(database, {
    clock: ctx.clock,
    actor: systemActor,
    classes,
    before: before === undefined ? undefined : new Date(before),
  });
  await (await keeperOf(ctx)).keep();
  const none = { zh: '没有到期的记录', en: 'nothing has expired' };
  const lines = pruned.map(({ retention: code, until, events }) => {
    const label = classes.find((each) => each.code === code)!.label[language];
    return language === 'zh'
      ? `${label}：清除 ${formatCount(events)} 条（${until.slice(0, 10)} 之前）`
      : `${label}: removed ${formatCount(events)} (before ${until.slice(0, 10)})`;
  });
  return { data: { pruned }, lines: lines.length > 0 ? lines : [none[language]] };
}
