import pg from 'pg';
import type { Sql } from './sql.ts';

/**
 * A statement that goes before each statement of a request, in the same network write and the same implicit transaction: it puts
 * settings in force (`set_config(…, true)`) that end with it. Nothing can therefore run under the settings of somebody else, whatever
 * connection of the pool it gets, and no round trip is spent on them.
 */
export interface Prologue {
  /** One of the pool's declared prologues. */
  name: string;
  values: readonly unknown[];
}

/** Statement names of prologues on a connection. */
export const preparedName = (name: string) => `prologue_${name}`;

/** Prepares the pool's prologues on a new connection, by running each once with empty values, which must do no harm. */
export async function preparePrologues(client: pg.ClientBase, texts: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const values = Array.from({ length: parameterCount(text) }, () => null);
    await client.query({ name: preparedName(name), text, values });
  }
}

function parameterCount(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
}

/** Puts a prologue in force for the rest of an open transaction. */
export function runPrologue(client: pg.ClientBase, { name, values }: Prologue, texts: Record<string, string>) {
  return client.query({ name: preparedName(name), text: texts[name]!, values: [...values] });
}

// The driver's own query with two messages more. Its methods are what the driver's client calls; the types do not name them.
interface WireConnection {
  bind(config: {
    portal: string;
    statement: string;
    values: unknown[];
    valueMapper: (value: unknown) => unknown;
  }): void;
  execute(config: { portal: string; rows: number }): void;
}
interface WireQuery {
  prepare(connection: WireConnection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
}
const DriverQuery = pg.Query as unknown as new (
  config: unknown,
  values: unknown,
) => pg.Submittable & WireQuery & { callback?: unknown };

class QueryAfterPrologue extends DriverQuery {
  readonly prologue: Prologue;
  inPrologue = true;
  constructor(config: object, prologue: Prologue) {
    super(config, undefined);
    this.prologue = prologue;
  }
  override prepare(connection: WireConnection): void {
    const { name, values } = this.prologue;
    connection.bind({
      portal: '',
      statement: preparedName(name),
      values: [...values],
      valueMapper: (value) => value,
    });
    connection.execute({ portal: '', rows: 0 });
    super.prepare(connection);
  }
  override handleDataRow(message: unknown): void {
    if (!this.inPrologue) super.handleDataRow(message);
  }
  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.inPrologue) this.inPrologue = false;
    else super.handleCommandComplete(message, connection);
  }
}

/** The statement as the driver sends it after a prologue; always prepared, because both must share one transaction. */
export function afterPrologue(statement: string | Sql, values: readonly unknown[] | undefined, prologue: Prologue) {
  const config =
    typeof statement === 'string'
      ? { text: statement, values: values ? [...values] : [], queryMode: 'extended' }
      : { text: statement.text, values: values ? [...values] : statement.values, queryMode: 'extended' };
  return new QueryAfterPrologue(config, prologue);
}
