import { record } from '#audit';
import type { Database } from '#database';
import { Failure, systemActor, type Text } from '#kernel';
import { recordRotation, resealRetired } from '#records';
import { checkKeys, type KeyStatus, keyStatus, rewrapMaster, rotateKeys, vaultLimits } from '#vault';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { kinds } from '../failures.ts';
import { packModel } from '../model.ts';

const actions: Record<string, (ctx: CommandContext, database: Database) => Promise<CommandResult>> = {
  status,
  check,
  rotate,
};

export const command: Command = {
  name: 'keys',
  summary: {
    zh: '加密密钥：查看、核对、轮换',
    en: 'the keys of sealed values: look, check, rotate',
  },
  arguments: [
    {
      name: 'ACTION',
      summary: {
        zh: 'status 查看；check 用主密钥逐把解开；rotate 换用新数据密钥并重新加密',
        en: 'status: look; check: unwrap each with the master key; rotate: new data keys, and values sealed anew',
      },
    },
  ],
  options: [
    {
      name: 'master',
      type: 'flag',
      summary: {
        zh: 'rotate：换用新的主密钥，只重新包裹数据密钥，数据不动',
        en: 'rotate: a new master key instead; data keys are wrapped anew, values stay',
      },
    },
    {
      name: 'index',
      type: 'flag',
      summary: { zh: 'rotate：一并更换盲索引的密钥', en: 'rotate: the keys of blind indexes as well' },
    },
    {
      name: 'rest',
      type: 'number',
      min: 0,
      max: 100,
      summary: {
        zh: 'rotate：每批之后的停顿，为该批用时的倍数（默认 1）',
        en: 'rotate: rest after each batch, as a multiple of its time (default 1)',
      },
    },
  ],
  examples: ['npx tongguan keys status', 'npx tongguan keys rotate --rest 3', 'npx tongguan keys rotate --master'],
  async run(ctx) {
    const action = actions[ctx.arguments.ACTION!];
    if (!action) {
      const known = Object.keys(actions).join(', ');
      throw new Failure(kinds.unknown_action, { action: ctx.arguments.ACTION, known });
    }
    return action(ctx, await ctx.openDatabase());
  },
};

const kindLabels: Record<KeyStatus['kind'], Text> = {
  seal: { zh: '数据密钥', en: 'data key' },
  index: { zh: '盲索引密钥', en: 'index key' },
};

async function status({ language }: CommandContext, database: Database): Promise<CommandResult> {
  const keys = await keyStatus(database);
  const words = {
    current: { zh: '使用中', en: 'current' },
    due: { zh: '应轮换', en: 'due' },
    retired: { zh: '已停用，仍有数据', en: 'retired, values left' },
    unused: { zh: '已停用，无数据', en: 'retired, unused' },
  };
  const state = (key: KeyStatus) =>
    words[key.unused_at ? 'unused' : key.retired_at ? 'retired' : key.due ? 'due' : 'current'][language];
  const lines = keys.map((key) =>
    [
      key.purpose.padEnd(20),
      kindLabels[key.kind][language],
      key.id,
      key.kind === 'seal' ? key.cipher : 'hmac',
      key.created_at.slice(0, 10),
      state(key),
      `(${key.master})`,
    ].join('  '),
  );
  return { ok: !keys.some(({ due }) => due), data: { rotateDays: vaultLimits.rotateDays, keys }, lines };
}

async function check({ language }: CommandContext, database: Database): Promise<CommandResult> {
  const keys = await checkKeys(database);
  const text = { zh: `${keys} 把密钥均可解开`, en: `all ${keys} keys can be unwrapped` };
  return { data: { keys }, lines: [text[language]] };
}

async function rotate(ctx: CommandContext, database: Database): Promise<CommandResult> {
  const { clock, language, options, progress, signal } = ctx;
  if (options.flag('master')) {
    const { master, keys, milliseconds } = await rewrapMaster(database, (tx, id) =>
      record(tx, {
        at: clock(),
        actor: systemActor,
        action: 'configure',
        detail: { keys: 'new master key', master: id },
      }),
    );
    const text = {
      zh: `新主密钥 ${master}，重新包裹了 ${keys} 把密钥（${milliseconds} 毫秒）。请立即备份新的密钥文件，旧文件保留至旧备份过期`,
      en: `new master key ${master}; ${keys} keys wrapped anew (${milliseconds} ms). Back the new key file up now; keep the old one until older backups have expired`,
    };
    return { data: { master, keys, milliseconds }, lines: [text[language]] };
  }
  const kindsOfKeys: KeyStatus['kind'][] = options.flag('index') ? ['seal', 'index'] : ['seal'];
  const made = await rotateKeys(database, kindsOfKeys, (tx) => recordRotation(tx, clock(), kindsOfKeys));
  const stage = progress.stage({ zh: '用新密钥重新加密', en: 'sealing with the new keys' });
  const { rows, dropped } = await resealRetired(database, packModel(), {
    rest: options.number('rest') ?? 1,
    onProgress: (done) => stage.update(done),
    signal,
  });
  stage.end();
  const text = {
    zh: `${made ? '新数据密钥已启用' : '继续上次未完成的轮换'}，重新加密 ${rows} 行，清除 ${dropped} 把无用的旧密钥`,
    en: `${made ? 'new data keys are in use' : 'the rotation begun earlier went on'}; ${rows} rows sealed anew, ${dropped} unused old keys deleted`,
  };
  return { data: { made, rows, dropped }, lines: [text[language]] };
}
