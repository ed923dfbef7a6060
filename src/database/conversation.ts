import type pg from 'pg';
import type { Result } from './connection.ts';
import type { Statement } from './sql.ts';
import { type Answer, submit, Together, type Wired, wired } from './together.ts';

/**
 * The statements of one transaction on its connection. What is asked for while no answer is waited for travels in one network write, in the
 * order of asking; when one of these fails, so do those behind it, with its error.
 */
export interface Conversation {
  query<Row>(statement: Statement, values?: readonly unknown[]): Promise<Result<Row>>;
  /** Sends what waits and hears it out: somebody is about to use the connection himself. */
  settle(): Promise<void>;
  /** Commits, or does nothing where nothing was ever sent. Returns what the server says it did. */
  commit(): Promise<string>;
  /** Sends nothing more; returns, after what is under way, whether anything was sent. */
  close(): Promise<boolean>;
}

interface Waiting {
  /** A text that may hold several statements goes by itself. */
  text?: string;
  wired?: Wired;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** `opening` goes before the first statement: begin, settings. */
export function converse(client: pg.ClientBase, opening: readonly Wired[]): Conversation {
  let failed: unknown;
  // Without its beginning nothing of a transaction may be sent.
  const reject = (error: unknown) => {
    failed = error;
  };
  const waiting: Waiting[] = opening.map((each) => ({ wired: each, resolve() {}, reject }));
  let asked = false;
  let sending: Promise<void> | undefined;

  const send = async () => {
    // After whatever can still be asked for without an answer.
    await new Promise((turn) => process.nextTick(turn));
    while (waiting.length > 0) {
      let count = 0;
      while (waiting[count]?.wired) count += 1;
      const next = waiting.splice(0, Math.max(1, count));
      if (count > 0) await sendAll(client, next);
      else await sendText(client, next[0]!);
    }
    sending = undefined;
  };
  const ask = (entry: Pick<Waiting, 'text' | 'wired'>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (failed !== undefined) return reject(failed);
      asked = true;
      waiting.push({ ...entry, resolve, reject });
      sending ??= send();
    });
  return {
    async query<Row>(statement: Statement, values?: readonly unknown[]) {
      return (await ask(asking(statement, values))) as unknown as Result<Row>;
    },
    async settle() {
      asked = true;
      sending ??= send();
      await sending;
    },
    async commit() {
      return asked ? (await ask({ wired: wired('commit', 'commit', []) })).tag : 'COMMIT';
    },
    async close() {
      const left = waiting.splice(0);
      for (const each of left) each.reject(new Error('the transaction is over'));
      await sending;
      return asked;
    },
  };
}

function asking(statement: Statement, values: readonly unknown[] | undefined): Pick<Waiting, 'text' | 'wired'> {
  if (typeof statement !== 'string' && 'name' in statement) {
    return { wired: wired(statement.name, statement.text, statement.values) };
  }
  const text = typeof statement === 'string' ? statement : statement.text;
  const own = values ?? (typeof statement === 'string' ? [] : statement.values);
  return own.length === 0 && text.includes(';') ? { text } : { wired: wired('', text, own) };
}

/** Never rejects: whoever asked is told. */
function sendAll(client: pg.ClientBase, entries: readonly Waiting[]): Promise<void> {
  const together = new Together(entries.map((entry) => entry.wired!));
  return new Promise((done) => {
    submit(client, together, (error, answers = [...together.answered]) => {
      entries.forEach(({ resolve, reject }, index) => {
        if (index < answers.length) resolve(answers[index]!);
        else reject(error);
      });
      done();
    });
  });
}

async function sendText(client: pg.ClientBase, { text, resolve, reject }: Waiting): Promise<void> {
  try {
    const result = await client.query(text!);
    // A text with several statements answers with several results; the last one counts.
    const last = (Array.isArray(result) ? result.at(-1) : result) as pg.QueryResult;
    resolve({ rows: last.rows, rowCount: last.rowCount ?? 0, tag: last.command });
  } catch (error) {
    reject(error);
  }
}
