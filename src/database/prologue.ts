import pg from 'pg';
import type { Sql } from './sql.ts';

/**
 * A statement that goes before each statement of a request, in the same network write and the same implicit transaction: it puts
 * settings in force (`set_config(…, true)`) that end with it. Nothing can therefore run under the settings of somebody else, whatever
 * connection of the pool it gets, and no round trip is spent on them.
 */
export interface Prologue {
  /** One name always means one text, a `select` without a `from`: a connection prepares it once. */
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Puts a prologue in force for the rest of an open transaction. */
export function runPrologue(client: pg.ClientBase, { name, text, values }: Prologue): Promise<unknown> {
  return client.query({ name, text, values: [...values] });
}

/** The messages of a connection that a prologue needs; the driver's types know an older form of them. */
export interface PrologueWire {
  parsedStatements: Record<string, string | undefined>;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: unknown[]; valueMapper?: (value: unknown) => unknown }): void;
  execute(message: object): void;
}

/**
 * A prologue for statements that are planned once: with row security in them PostgreSQL expects each new plan to be a little cheaper
 * than the kept one, and would rather plan a list page for as long as reading it takes.
 */
export function keepingPlans(prologue: Prologue): Prologue {
  return {
    ...prologue,
    name: `${prologue.name}_kept`,
    text: `${prologue.text}, set_config('plan_cache_mode', 'force_generic_plan', true)`,
  };
}

/** Sends the prologue, a `select`, ahead. Its values are texts and nulls, which travel as they are. */
export function sendPrologue(wire: PrologueWire, { name, text, values }: Prologue): void {
  if (wire.parsedStatements[name] === undefined) wire.parse({ name, text });
  wire.bind({ statement: name, values: [...values], valueMapper: (value) => value });
  wire.execute({});
}

// The driver's own query, with the prologue's messages before. Its methods are what the driver's client calls; the types do not
// name them.
interface WireQuery {
  name: string | undefined;
  text: string;
  prepare(connection: PrologueWire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: PrologueWire): void;
}
const DriverQuery = pg.Query as unknown as new (config: unknown, values: unknown) => pg.Submittable & WireQuery;

class QueryAfterPrologue extends DriverQuery {
  private prologue: Prologue | undefined;
  private readonly own: { text: string };
  constructor(config: { text: string }, prologue: Prologue) {
    super(config, undefined);
    this.prologue = prologue;
    this.own = config;
  }
  override prepare(connection: PrologueWire): void {
    sendPrologue(connection, this.prologue!);
    super.prepare(connection);
    // The driver notes the statement that the server says it has parsed by the name it finds here: first that is the prologue.
    this.name = this.prologue!.name;
    this.text = this.prologue!.text;
  }
  override handleDataRow(message: unknown): void {
    if (!this.prologue) super.handleDataRow(message);
  }
  override handleCommandComplete(message: unknown, connection: PrologueWire): void {
    if (this.prologue) {
      this.prologue = undefined;
      this.name = undefined;
      this.text = this.own.text;
    } else super.handleCommandComplete(message, connection);
  }
}

/** The statement as the driver sends it after a prologue; always prepared, because both must share one transaction. */
export function afterPrologue(
  statement: string | Sql,
  values: readonly unknown[] | undefined,
  prologue: Prologue,
): pg.Submittable {
  const config =
    typeof statement === 'string'
      ? { text: statement, values: values ? [...values] : [], queryMode: 'extended' }
      : { text: statement.text, values: values ? [...values] : statement.values, queryMode: 'extended' };
  return new QueryAfterPrologue(config, prologue);
}
