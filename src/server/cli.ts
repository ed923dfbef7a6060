import { Failure, type Language, systemClock } from '#kernel';
import type { Command, CommandContext, CommandResult } from './command.ts';
import {
  type CommandLine,
  exitCodes,
  overview,
  parseCommandLine,
  requireArguments,
  usage,
  usageKinds,
} from './command-line.ts';
import { commandTable } from './command-table.ts';
import { readConfig } from './config.ts';
import { kinds } from './failures.ts';
import { productDatabase } from './product-database.ts';
import { createProgress } from './progress.ts';

const words = process.argv.slice(2);
const json = words.includes('--json');
const language = chooseLanguage(words, process.env);
/** The command that runs, once it is known. */
let current: Command | undefined;

try {
  process.exitCode = await main(words);
} catch (error) {
  process.exitCode = report(error);
}

async function main([name, ...rest]: string[]): Promise<number> {
  if (name === undefined || name === 'help' || name.startsWith('-')) {
    if (name !== undefined && !['help', '--help', '-h', '--lang', '--json'].some((each) => name.startsWith(each))) {
      throw new Failure(kinds.unknown_option, { name });
    }
    const commands = await Promise.all(Object.values(commandTable).map(async (load) => (await load()).command));
    process.stdout.write(`${overview(commands, language)}\n`);
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  const command = await find(name);
  const line = parseCommandLine(command, rest);
  if (line.options.flag('help')) {
    process.stdout.write(`${usage(command, language)}\n`);
    return exitCodes.done;
  }
  requireArguments(command, line);
  return await run(command, line);
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
  if (!load) throw new Failure(kinds.unknown_command, { name, known: Object.keys(commandTable).join(', ') });
  return (await load()).command;
}

async function run(command: Command, line: CommandLine): Promise<number> {
  current = command;
  const config = readConfig(process.env);
  const progress = createProgress(process.stderr, language);
  const database = productDatabase(config, progress);
  const interrupted = interruption();
  const ctx: CommandContext = {
    ...line,
    language,
    config,
    clock: systemClock,
    progress,
    signal: interrupted.signal,
    say: (text) => process.stderr.write(`${text[language]}\n`),
    openDatabase: database.open,
    async runCommand(name, words = [], told = () => {}) {
      const other = await find(name);
      return await unlessInterrupted(other, { ...ctx, ...parseCommandLine(other, [...words]), comeTo: told });
    },
    comeTo() {},
  };
  /** What a command that does not end by itself still does when it is interrupted is of no use any more. */
  const unlessInterrupted = async (each: Command, context: CommandContext): Promise<CommandResult> => {
    const result = await Promise.race(each.endsItself ? [each.run(context)] : [each.run(context), interrupted.promise]);
    if (result !== 'interrupted') return result;
    await database.abandon();
    process.exit(exitCodes.interrupted);
  };
  try {
    const result = await unlessInterrupted(command, ctx);
    print(result);
    return result.ok === false ? exitCodes.failed : exitCodes.done;
  } finally {
    await database.close();
  }
}

/** Ctrl-C, a request to end, or the death of the process that started this one. */
function interruption(): { signal: AbortSignal; promise: Promise<'interrupted'> } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort);
  if (process.channel) {
    process.once('disconnect', abort);
    process.channel.unref(); // listening to its end must not keep the program alive
  }
  const promise = new Promise<'interrupted'>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  return { signal: controller.signal, promise };
}

function print(result: CommandResult): void {
  if (json) process.stdout.write(`${JSON.stringify(result.data)}\n`);
  else for (const line of result.lines) process.stdout.write(`${line}\n`);
}

/** A Failure is a sentence for the person; anything else is a defect of ours and shows where it happened. */
function report(error: unknown): number {
  const failure = error instanceof Failure ? error : undefined;
  if (json) {
    const { code = 'defect', params } = { code: failure?.kind.code, params: failure?.params };
    const message = failure ? failure.text(language) : String(error);
    process.stdout.write(`${JSON.stringify({ error: { code, message, params } })}\n`);
  }
  if (failure) process.stderr.write(`${failure.text(language)}\n`);
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  const isUsage = failure && (usageKinds.has(failure.kind) || current?.usageKinds?.includes(failure.kind));
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

function chooseLanguage(line: readonly string[], environment: NodeJS.ProcessEnv): Language {
  const index = line.findIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const given = line[index]?.split('=')[1] ?? (index >= 0 ? line[index + 1] : undefined);
  const wanted = given ?? environment.LC_ALL ?? environment.LANG ?? '';
  return /^en\b|^en_/.test(wanted) ? 'en' : 'zh';
}
