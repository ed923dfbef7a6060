import type pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import type { Result } from './connection.ts';
import { keepingPlans, type Prologue, type PrologueWire, sendPrologue } from './prologue.ts';
import type { Prepared } from './sql.ts';
import { valueTypes } from './values.ts';

/** The messages of a connection that a statement needs; the driver's types know an older form of them. */
interface Wire extends PrologueWire {
  stream: { cork(): void; uncork(): void };
  describe(message: { type: 'S'; name: string }): void;
  sync(): void;
}

interface Column {
  name: string;
  read(value: string): unknown;
}

/** Columns of the statements that a connection has prepared, by name. */
const described = new WeakMap<Wire, Map<string, Column[]>>();

/**
 * A prepared statement on its way. The driver's own query asks with every use which columns come back and builds an empty
 * row from the answer; that takes Node longer than everything else about a one-row answer, so here it is asked once.
 */
export class PreparedQuery implements pg.Submittable {
  /** Name and text of what the server says next that it has parsed; the driver notes it by them. */
  name: string;
  text: string;
  private readonly values: unknown[];
  /** Set by the driver, which gives it the caller's. */
  callback: ((error: Error | null, result?: Result<unknown>) => void) | undefined;
  private wire: Wire | undefined;
  private columns: Column[] = [];
  private readonly rows: unknown[] = [];
  private readonly statement: Prepared;
  private readonly prologue: Prologue | undefined;
  private inPrologue: boolean;
  private rowCount = 0;
  private failed: Error | undefined;

  constructor(statement: Prepared, prologue?: Prologue) {
    this.statement = statement;
    this.prologue = prologue && keepingPlans(prologue);
    this.inPrologue = prologue !== undefined;
    this.name = statement.name;
    this.text = statement.text;
    this.values = statement.values;
  }

  submit(connection: pg.Connection): Error | undefined {
    const wire = connection as unknown as Wire;
    const before = wire.parsedStatements[this.name];
    if (before !== undefined && before !== this.text) {
      return new Error(`Prepared statements must be unique - '${this.name}' was used for a different statement`);
    }
    this.wire = wire;
    const columns = described.get(wire)?.get(this.name);
    this.columns = columns ?? [];
    wire.stream.cork(); // one packet, not one a message
    try {
      if (this.prologue) sendPrologue(wire, this.prologue);
      if (before === undefined) wire.parse(this);
      if (!columns) wire.describe({ type: 'S', name: this.name });
      wire.bind({ statement: this.name, values: this.values, valueMapper: prepareValue });
      wire.execute({});
      wire.sync();
    } catch (error) {
      // A value that cannot be written: what was sent so far is closed in order, then the caller is told.
      this.failed = error as Error;
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
    if (this.prologue) {
      this.name = this.prologue.name;
      this.text = this.prologue.text;
    }
    return undefined;
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({ name, read: valueTypes.getTypeParser(dataTypeID, 'text') }));
    const known = described.get(this.wire!) ?? new Map<string, Column[]>();
    described.set(this.wire!, known.set(this.name, this.columns));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.inPrologue) return;
    const row: Record<string, unknown> = {};
    this.columns.forEach(({ name, read }, index) => {
      const value = fields[index]!;
      row[name] = value === null ? null : read(value);
    });
    this.rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    if (!this.inPrologue) {
      this.rowCount = Number(/\d+$/.exec(text)?.[0] ?? 0);
      return;
    }
    this.inPrologue = false;
    this.name = this.statement.name;
    this.text = this.statement.text;
  }

  handleReadyForQuery(): void {
    if (this.failed) this.callback!(this.failed);
    else this.callback!(null, { rows: this.rows, rowCount: this.rowCount });
  }

  handleError(error: Error): void {
    this.callback!(error);
  }
}
