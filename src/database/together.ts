import type pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { valueTypes } from './values.ts';

/** A statement as it travels; without a name the server forgets it with the next one. */
export interface Wired {
  name: string;
  text: string;
  values: readonly (string | Buffer | null)[];
}

/** Throws for a value that cannot be written. */
export const wired = (name: string, text: string, values: readonly unknown[]): Wired => ({
  name,
  text,
  values: values.map(prepareValue),
});

/** What came back for one statement. */
export interface Answer {
  rows: unknown[];
  rowCount: number;
  /** What the server says it did: `COMMIT`, `INSERT 0 1`. */
  tag: string;
}

/** The messages of a connection; the driver's types know an older form of them. */
interface Wire {
  stream: { writable: boolean; write(bytes: Buffer): void };
  parsedStatements: Record<string, string | undefined>;
  parse(message: { name: string; text: string }): void;
  describe(message: { type: 'S' | 'P'; name: string }): void;
  bind(message: { statement: string; values: readonly (string | Buffer | null)[] }): void;
  execute(message: object): void;
  sync(): void;
}

interface Column {
  name: string;
  read(value: string): unknown;
}

/** Columns of the statements that a connection has prepared, by name. */
const described = new WeakMap<Wire, Map<string, Column[]>>();

/**
 * Statements on their way in one network write; the first that fails ends those behind it. The driver's own query asks with every use which
 * columns come back and builds an empty row from the answer, which takes Node longer than everything else about a one-row answer: here a
 * prepared statement is asked once.
 */
export class Together implements pg.Submittable {
  /** Set by the driver, which gives it the caller's. */
  callback: ((error: Error | null, answers?: Answer[]) => void) | undefined;
  private readonly statements: readonly Wired[];
  private readonly answers: Answer[] = [];
  private rows: unknown[] = [];
  private columns: Column[] = [];
  private wire: Wire | undefined;

  constructor(statements: readonly Wired[]) {
    this.statements = statements;
  }

  /** Answers of the statements before one that failed. */
  get answered(): readonly Answer[] {
    return this.answers;
  }

  // The driver notes by these what the server says that it has parsed.
  get name(): string {
    return this.statements[this.answers.length]?.name ?? '';
  }
  get text(): string {
    return this.statements[this.answers.length]?.text ?? '';
  }

  submit(connection: pg.Connection): Error | undefined {
    const wire = connection as unknown as Wire;
    const parsed = new Map<string, string>();
    for (const { name, text } of this.statements) {
      if (name === '') continue;
      if ((parsed.get(name) ?? wire.parsedStatements[name] ?? text) !== text) {
        return new Error(`Prepared statements must be unique - '${name}' was used for a different statement`);
      }
      parsed.set(name, text);
    }
    this.wire = wire;
    // One write of one piece: the system takes a piece of each message, one by one, for longer than copying them.
    const { stream } = wire;
    const pieces: Buffer[] = [];
    wire.stream = { writable: true, write: (bytes) => pieces.push(bytes) };
    try {
      this.put(wire);
    } finally {
      wire.stream = stream;
    }
    if (stream.writable) stream.write(Buffer.concat(pieces));
    this.begin();
    return undefined;
  }

  private put(wire: Wire): void {
    const known = described.get(wire);
    const asked = new Set<string>();
    for (const { name, text, values } of this.statements) {
      const first = name === '' || !asked.has(name);
      if (first && (name === '' || wire.parsedStatements[name] === undefined)) wire.parse({ name, text });
      if (name !== '' && first && !known?.has(name)) wire.describe({ type: 'S', name });
      asked.add(name);
      wire.bind({ statement: name, values });
      if (name === '') wire.describe({ type: 'P', name });
      wire.execute({});
    }
    wire.sync();
  }

  /** The next statement answers. */
  private begin(): void {
    this.rows = [];
    this.columns = described.get(this.wire!)?.get(this.name) ?? [];
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({ name, read: valueTypes.getTypeParser(dataTypeID, 'text') }));
    this.remember();
  }

  /** One that gives no rows is described by that. */
  private remember(): void {
    if (this.name === '') return;
    const known = described.get(this.wire!) ?? new Map<string, Column[]>();
    described.set(this.wire!, known.set(this.name, this.columns));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    this.columns.forEach(({ name, read }, index) => {
      const value = fields[index]!;
      row[name] = value === null ? null : read(value);
    });
    this.rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    if (this.columns.length === 0) this.remember();
    this.answers.push({ rows: this.rows, rowCount: Number(/\d+$/.exec(text)?.[0] ?? 0), tag: text });
    this.begin();
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handleReadyForQuery(): void {
    this.callback!(null, this.answers);
  }

  handleError(error: Error): void {
    this.callback!(error);
  }
}

/** Sends statements in one network write. Rejects with the error of the first that failed. */
export function sendTogether(client: pg.Pool | pg.ClientBase, statements: readonly Wired[]): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    submit(client, new Together(statements), (error, answers) => (error ? reject(error) : resolve(answers!)));
  });
}

type Done = (error: Error | null, answers?: Answer[]) => void;

export function submit(client: pg.Pool | pg.ClientBase, together: Together, done: Done): void {
  // The driver's types know statements of one's own only without values and callback, which it takes all the same.
  const query = client.query as unknown as (statement: pg.Submittable, values: undefined, done: Done) => void;
  query.call(client, together, undefined, done);
}
