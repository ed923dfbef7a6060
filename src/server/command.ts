import type { Database, DatabaseOptions } from '#database';
import type { BusinessDate, Clock, FailureKind, Language, Text } from '#kernel';
import type { Config } from './config.ts';
import type { Progress } from './progress.ts';

/** One command of `tongguan`, as data: usage, help, checks and completion of its line derive from it. */
export interface Command {
  name: string;
  summary: Text;
  arguments?: readonly CommandArgument[];
  options?: readonly CommandOption[];
  /** Whole lines a person may type, shown by `--help`. */
  examples?: readonly string[];
  /** It watches `ctx.signal` and ends in order; other commands are left where they stand, and what ran is rolled back. */
  endsItself?: boolean;
  /** Its own failures that mean wrong usage, besides those of the line itself. */
  usageKinds?: readonly FailureKind[];
  run(ctx: CommandContext): Promise<CommandResult>;
}

export interface CommandArgument {
  /** In capitals in the usage line: `FOLDER`. */
  name: string;
  summary: Text;
  /** Default true; optional ones come last. */
  required?: boolean;
}

export interface CommandOption {
  /** Without the two dashes. */
  name: string;
  type: 'flag' | 'text' | 'integer' | 'number' | 'date';
  summary: Text;
  /** For integer and number. */
  min?: number;
  max?: number;
}

export interface CommandContext {
  arguments: Record<string, string | undefined>;
  /** Values by option name, already of the option's type; absent when not given. */
  options: CommandOptionValues;
  language: Language;
  config: Config;
  clock: Clock;
  progress: Progress;
  /** Ends when the person presses Ctrl-C or the process is asked to end. */
  signal: AbortSignal;
  /** Remarks on the way, on standard error. */
  say(text: Text): void;
  /**
   * The product's database, started if it is the built-in one, its schema up to date; with options a pool apart. Closed after
   * the command by the frame.
   */
  openDatabase(options?: DatabaseOptions): Promise<Database>;
  /** Runs another command of the table in this one's context; `told` hears of each step that it comes to. */
  runCommand(name: string, words?: readonly string[], told?: (step: string) => void): Promise<CommandResult>;
  /** To be called at each step of a long work, for the command that runs this one. */
  comeTo(step: string): void;
}

export interface CommandOptionValues {
  flag(name: string): boolean;
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  date(name: string): BusinessDate | undefined;
}

export interface CommandResult {
  /** False makes the exit code 1. Default true. */
  ok?: boolean;
  /** What `--json` prints. */
  data: unknown;
  /** What is printed otherwise, in the reader's language. */
  lines: readonly string[];
}
