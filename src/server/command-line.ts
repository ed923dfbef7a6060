import { Failure, type FailureKind, isDate, type Language, type Text } from '#kernel';
import type { Command, CommandOption, CommandOptionValues } from './command.ts';
import { kinds } from './failures.ts';

export const usageKinds: ReadonlySet<FailureKind> = new Set([
  kinds.unknown_command,
  kinds.unknown_option,
  kinds.missing_value,
  kinds.superfluous_value,
  kinds.invalid_value,
  kinds.missing_argument,
  kinds.superfluous_argument,
  kinds.unknown_bench,
  kinds.unknown_proof,
  kinds.unknown_action,
]);

/** Options of every command. */
export const commonOptions: readonly CommandOption[] = [
  { name: 'help', type: 'flag', summary: { zh: '显示用法', en: 'show how to use it' } },
  {
    name: 'json',
    type: 'flag',
    summary: { zh: '把结果以 JSON 写到标准输出', en: 'write the result as JSON to standard output' },
  },
  {
    name: 'lang',
    type: 'text',
    summary: { zh: '语言：zh 或 en（默认取自 LANG，否则 zh）', en: 'language: zh or en (default from LANG, else zh)' },
  },
];

export interface CommandLine {
  arguments: Record<string, string | undefined>;
  options: CommandOptionValues;
}

/** Reads the words after the command's name by its definition; throws a Failure of `usageKinds` that names the wrong word. */
export function parseCommandLine(command: Command, words: readonly string[]): CommandLine {
  const known = new Map([...commonOptions, ...(command.options ?? [])].map((option) => [option.name, option]));
  const values = new Map<string, string | number | true>();
  const positional: string[] = [];
  for (let index = 0, optionsOver = false; index < words.length; index += 1) {
    const word = words[index]!;
    if (optionsOver || !word.startsWith('-') || word === '-') {
      positional.push(word);
    } else if (word === '--') {
      optionsOver = true;
    } else {
      const [name, attached] = splitOption(word);
      const option = known.get(name);
      if (!option) throw new Failure(kinds.unknown_option, { name: word });
      if (option.type === 'flag') {
        if (attached !== undefined) throw new Failure(kinds.superfluous_value, { name });
        values.set(name, true);
      } else {
        const value = attached ?? words[index + 1];
        if (value === undefined) throw new Failure(kinds.missing_value, { name });
        if (attached === undefined) index += 1;
        values.set(name, readValue(option, value));
      }
    }
  }
  return { arguments: nameArguments(command, positional), options: accessTo(values, known) };
}

function splitOption(word: string): [string, string | undefined] {
  if (word === '-h') return ['help', undefined];
  const [, name = word, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  return [name, value];
}

function nameArguments(command: Command, words: readonly string[]): Record<string, string | undefined> {
  const definitions = command.arguments ?? [];
  const superfluous = words[definitions.length];
  if (superfluous !== undefined) throw new Failure(kinds.superfluous_argument, { value: superfluous });
  return Object.fromEntries(definitions.map(({ name }, index) => [name, words[index]]));
}

/** Apart from parsing, so that `--help` works on an incomplete line. */
export function requireArguments(command: Command, line: CommandLine): void {
  for (const { name, required, summary } of command.arguments ?? []) {
    if (required === false || line.arguments[name] !== undefined) continue;
    throw new Failure(kinds.missing_argument, { name, summary_zh: summary.zh, summary_en: summary.en });
  }
}

function readValue(option: CommandOption, value: string): string | number {
  const { name, type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = option;
  const refuse = (expected: Text) =>
    new Failure(kinds.invalid_value, { name, value, expected_zh: expected.zh, expected_en: expected.en });
  if (type === 'date') {
    if (isDate(value)) return value;
    throw refuse({ zh: '应为 YYYY-MM-DD 形式的日期', en: 'it must be a date like 2026-01-31' });
  }
  if (type === 'text') return value;
  const number = Number(value);
  const wanted = type === 'integer' ? /^-?\d+$/.test(value) : /^-?\d+(\.\d+)?$/.test(value);
  if (wanted && number >= min && number <= max) return number;
  const bounds = [min, max].some(Number.isFinite) ? ` [${min}, ${max}]` : '';
  throw type === 'integer'
    ? refuse({ zh: `应为整数${bounds}`, en: `it must be a whole number${bounds}` })
    : refuse({ zh: `应为数字${bounds}`, en: `it must be a number${bounds}` });
}

/** Asking for an option that the definition lacks, or as another type, is a defect and says so. */
function accessTo(
  values: ReadonlyMap<string, string | number | true>,
  known: ReadonlyMap<string, CommandOption>,
): CommandOptionValues {
  const get = <T>(name: string, ...types: CommandOption['type'][]): T | undefined => {
    const option = known.get(name);
    if (!option || !types.includes(option.type)) throw new Error(`the command declares no ${types[0]} option ${name}`);
    return values.get(name) as T | undefined;
  };
  return {
    flag: (name) => get<true>(name, 'flag') ?? false,
    text: (name) => get(name, 'text'),
    number: (name) => get(name, 'number', 'integer'),
    date: (name) => get(name, 'date'),
  };
}

const words = {
  usage: { zh: '用法', en: 'Usage' },
  commands: { zh: '命令', en: 'Commands' },
  arguments: { zh: '参数', en: 'Arguments' },
  options: { zh: '选项', en: 'Options' },
  examples: { zh: '示例', en: 'Examples' },
  environment: { zh: '环境变量', en: 'Environment' },
  exitCodes: { zh: '退出码', en: 'Exit codes' },
} satisfies Record<string, Text>;

const environment: readonly [string, Text][] = [
  ['PORT', { zh: '监听端口（默认 7300）', en: 'port to listen on (default 7300)' }],
  ['HOST', { zh: '监听地址（默认 127.0.0.1）', en: 'address to listen on (default 127.0.0.1)' }],
  [
    'DATABASE_URL',
    {
      zh: '自备的 PostgreSQL 15 或更高版本（默认使用内置数据库）',
      en: 'your own PostgreSQL 15 or newer (default: the built-in one)',
    },
  ],
  [
    'TONGGUAN_HOME',
    { zh: '数据文件夹（默认为项目下的 .tongguan）', en: 'data folder (default: .tongguan in the project)' },
  ],
  [
    'TONGGUAN_KEYS',
    {
      zh: '主密钥文件夹（默认为数据文件夹下的 keys）',
      en: 'folder of the master keys (default: keys in the data folder)',
    },
  ],
  [
    'TONGGUAN_MASTER_PASSPHRASE_FILE',
    { zh: '保护主密钥的口令所在的文件', en: 'file with the passphrase that protects the master keys' },
  ],
  ['DATA_CIPHER', { zh: '新数据密钥的算法：aes（默认）或 sm4', en: 'cipher of new data keys: aes (default) or sm4' }],
  [
    'AUDIT_WITNESS',
    {
      zh: '审计签名根的见证处：数据库管理员改不到的文件夹或文件，可多处（默认为数据文件夹下的 audit-roots）',
      en: 'where the signed roots of the audit are kept besides: folders or files out of reach of the database (default: audit-roots in the data folder)',
    },
  ],
  [
    'TONGGUAN_SECURE_COOKIES',
    { zh: '1 表示位于 TLS 之后，Cookie 只经 https 传送', en: '1 behind TLS: cookies then travel over https only' },
  ],
];

export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const exitTexts: readonly [string, Text][] = [
  ['0', { zh: '完成', en: 'done' }],
  ['1', { zh: '失败，或检查未通过', en: 'failed, or a check did not pass' }],
  ['2', { zh: '用法有误', en: 'wrong usage' }],
  ['130', { zh: '被中断（Ctrl-C）', en: 'interrupted (Ctrl-C)' }],
];

/** The overview: every command in one line. */
export function overview(commands: readonly Command[], language: Language): string {
  return [
    `${words.usage[language]}: tongguan COMMAND [--help] [--json] [--lang zh|en]`,
    ...section(
      words.commands[language],
      commands.map(({ name, summary }) => [name, summary[language]]),
    ),
    ...section(
      words.environment[language],
      environment.map(([name, summary]) => [name, summary[language]]),
    ),
    ...section(
      words.exitCodes[language],
      exitTexts.map(([code, text]) => [code, text[language]]),
    ),
  ].join('\n');
}

/** Help for one command. */
export function usage(command: Command, language: Language): string {
  const placeholders = (command.arguments ?? []).map(({ name, required }) => (required === false ? `[${name}]` : name));
  const options = [...(command.options ?? []), ...commonOptions];
  return [
    `${words.usage[language]}: ${['tongguan', command.name, ...placeholders, '[OPTION …]'].join(' ')}`,
    `  ${command.summary[language]}`,
    ...section(
      words.arguments[language],
      (command.arguments ?? []).map((each) => [each.name, each.summary[language]]),
    ),
    ...section(
      words.options[language],
      options.map(({ name, type, summary }) => [
        type === 'flag' ? `--${name}` : `--${name} ${type.toUpperCase()}`,
        summary[language],
      ]),
    ),
    ...section(
      words.examples[language],
      (command.examples ?? []).map((line) => [line, '']),
    ),
  ].join('\n');
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return ['', `${title}:`, ...rows.map(([name, text]) => `  ${text ? name.padEnd(width) + text : name}`)];
}
