import { copyIn, ident, join, raw, type Sql, sql, type Transaction } from '#database';
import { type BusinessDate, dayNumber } from '#kernel';
import type { Model } from '#metadata';
import { columnTypes } from '../metric-definition.ts';
import { dayStatement } from '../statement.ts';
import {
  type BucketRow,
  baseBuckets,
  type Conversion,
  cellsOf,
  dayBuckets,
  entitiesOf,
  mendedBuckets,
} from './buckets.ts';
import { clear, emptyHistory, fold, gather, type History, pack, roll, unpack } from './history.ts';
import { dateText, metricTexts, readPacked, readWindows, type Standing } from './reading.ts';

/** Histories on one business date: what they hold, how they are read, and what the facts are converted by. */
export interface Engine {
  model: Model;
  standing: Standing;
  conversion: Conversion;
}

/** A customer-day of a fact that was added late, changed or taken back. */
export interface FactNote {
  customerId: string;
  entity: string;
  date: BusinessDate;
}

/** Rows fetched at once from a scan of the facts: bounds the memory of building. */
const FETCH_ROWS = 20_000;

/** Facts of an entity from the first day that is kept of it. */
function firstDayKept({ layout, keepFrom }: Standing, entity: string): number {
  return Math.min(...keepFrom.filter((_, index) => layout.accumulators[index]!.entity === entity));
}

/** Builds the history of every customer, or of some, from the facts up to the date. */
function builtFrom({ model, standing, conversion }: Engine, customers?: readonly string[]): Sql {
  const ofCustomers = customers ? sql` and t.customer_id = any(${customers}::bigint[])` : sql``;
  const kept = dayBuckets(model, standing, conversion, ({ code }) => {
    const first = dateText(firstDayKept(standing, code));
    return sql`t.business_date between ${first}::date and ${dateText(standing.day)}::date${ofCustomers}`;
  });
  const before = baseBuckets(model, standing, conversion, ({ code }) => {
    return sql`t.business_date < ${dateText(firstDayKept(standing, code))}::date${ofCustomers}`;
  });
  return ordered(join([kept, ...before], '\nunion all\n'));
}

const ordered = (rows: Sql): Sql => sql`select * from (${rows}) f order by customer_id`;

/** Builds all histories anew, or those of some customers alone. Returns the number of customers with facts. */
export async function buildHistories(tx: Transaction, engine: Engine, customers?: readonly string[]): Promise<number> {
  await tx.query('truncate customer_history');
  if (engine.standing.layout.accumulators.length === 0) return 0;
  let count = 0;
  for await (const chunk of byCustomer(tx, builtFrom(engine, customers))) {
    const lines: string[] = [];
    for (const [id, rows] of chunk) {
      const history = historyOf(engine, rows);
      const { due } = readWindows(history, engine.standing);
      lines.push(
        `${id}\t${dueText(due) ?? '\\N'}\t\\\\x${pack(history, engine.standing.gatherings).toString('hex')}\n`,
      );
    }
    await copyIn(tx, 'copy customer_history (customer_id, due, hist) from stdin', [lines.join('')]);
    count += chunk.size;
  }
  await tx.query('analyze customer_history');
  return count;
}

function historyOf(engine: Engine, rows: readonly BucketRow[]): History {
  const history = emptyHistory();
  for (const row of rows) take(engine, history, row);
  tidy(engine, history);
  return history;
}

/** Folds a row of the facts in: a day, or what lies before the days. */
function take({ model, standing }: Engine, history: History, row: BucketRow): void {
  const { gatherings } = standing;
  const cells = cellsOf(model, standing, row);
  const day = row.business_date === null ? null : dayNumber(row.business_date);
  for (let index = 0; index < cells.length; index += 1) {
    const value = cells[index];
    if (value === undefined) continue;
    if (day === null) history.base[index] = gather(gatherings[index]!, history.base[index], value);
    else fold(history, gatherings, day, index, value);
  }
}

const tidy = ({ standing }: Engine, history: History) =>
  roll(history, standing.gatherings, standing.keepFrom, standing.ever);

const dueText = (due: number): string | null => (Number.isFinite(due) ? dateText(due) : null);

/**
 * Brings the histories and their metrics from the end of a day to the date: takes in the facts since, and looks again at customers
 * of whom a day leaves a window. Returns the customers whose values may have changed, as the metrics were written.
 */
export async function rollHistories(
  tx: Transaction,
  engine: Engine,
  after: BusinessDate,
  customers?: readonly string[],
): Promise<number> {
  const { model, standing, conversion } = engine;
  if (standing.layout.accumulators.length === 0) return 0;
  const ofCustomers = customers ? sql` and t.customer_id = any(${customers}::bigint[])` : sql``;
  const fresh = dayBuckets(model, standing, conversion, () => {
    return sql`t.business_date > ${after}::date and t.business_date <= ${dateText(standing.day)}::date${ofCustomers}`;
  });
  const nothing = join(
    standing.layout.accumulators.map(() => sql`null`),
    ', ',
  );
  const due = sql`select customer_id, null, ${nothing} from customer_history where due <= ${dateText(standing.day)}::date`;
  let changed = 0;
  for await (const chunk of byCustomer(tx, ordered(sql`${fresh}\nunion all\n${due}`))) {
    const histories = await readHistories(tx, engine, [...chunk.keys()]);
    for (const [id, rows] of chunk) for (const row of rows) take(engine, histories.get(id)!.history, row);
    changed += await writeHistories(tx, engine, histories);
  }
  return changed;
}

/**
 * Makes customer-days true again from the facts themselves, whatever happened to these, and the metrics with them: the same however
 * often it is done. Returns the customers that were looked at.
 */
export async function mendHistories(tx: Transaction, engine: Engine, notes: readonly FactNote[]): Promise<string[]> {
  const { model, standing, conversion } = engine;
  const rebuilt = new Set<string>();
  const mended = new Map<string, FactNote[]>();
  for (const note of notes) {
    const reach = reachOf(standing, note);
    if (reach === 'base') rebuilt.add(note.customerId);
    else if (reach === 'day') mended.set(note.entity, [...(mended.get(note.entity) ?? []), note]);
  }
  const ids = new Set(rebuilt);
  for (const { customerId } of [...mended.values()].flat()) ids.add(customerId);
  const histories = await readHistories(tx, engine, [...ids]);
  for (const entity of entitiesOf(model, standing)) {
    const pairs = (mended.get(entity.code) ?? []).filter(({ customerId }) => !rebuilt.has(customerId));
    if (pairs.length === 0) continue;
    const indexes = standing.layout.accumulators.flatMap((each, index) => (each.entity === entity.code ? [index] : []));
    const { rows } = await tx.query<BucketRow>(mendedBuckets(model, standing, conversion, entity, pairs));
    for (const row of rows) {
      const { history } = histories.get(row.customer_id)!;
      clear(history, dayNumber(row.business_date!), indexes);
      take(engine, history, row);
    }
  }
  if (rebuilt.size > 0) {
    for (const id of rebuilt) histories.get(id)!.history = emptyHistory();
    const { rows } = await tx.query<BucketRow>(builtFrom(engine, [...rebuilt]));
    for (const row of rows) take(engine, histories.get(row.customer_id)!.history, row);
  }
  await writeHistories(tx, engine, histories);
  return [...ids];
}

/** What a customer-day touches: a day that is kept, what was gathered for ever, or nothing any more. */
function reachOf({ layout, keepFrom, ever, day }: Standing, note: FactNote): 'day' | 'base' | 'none' {
  const noted = dayNumber(note.date);
  if (noted > day) return 'none';
  let reach: 'day' | 'none' = 'none';
  for (let index = 0; index < layout.accumulators.length; index += 1) {
    if (layout.accumulators[index]!.entity !== note.entity) continue;
    if (noted >= keepFrom[index]!) reach = 'day';
    else if (ever[index]) return 'base';
  }
  return reach;
}

/** A history in work. */
export interface Held {
  history: History;
  /** Is there a row of it? */
  stored: boolean;
}

/** The histories of customers in the order of their ids, locked until the transaction ends; empty ones for those who have none. */
export async function readHistories(
  tx: Transaction,
  { standing }: Engine,
  ids: readonly string[],
): Promise<Map<string, Held>> {
  const { rows } = await tx.query<{ customer_id: string; hist: Buffer }>(
    dayStatement(
      'select customer_id, hist from customer_history where customer_id = any($1::bigint[]) order by customer_id for no key update',
      [`{${ids.join(',')}}`],
    ),
  );
  const held = new Map(
    rows.map((row) => [row.customer_id, { history: unpack(row.hist, standing.gatherings), stored: true }]),
  );
  for (const id of ids) if (!held.has(id)) held.set(id, { history: emptyHistory(), stored: false });
  return held;
}

/** Writes histories, and the metrics that they answer where these differ. Returns the customers whose metrics did. */
export async function writeHistories(
  tx: Transaction,
  engine: Engine,
  histories: ReadonlyMap<string, Held>,
): Promise<number> {
  const { standing } = engine;
  const known = new HistoryRows();
  const added = new HistoryRows();
  const metrics: string[] = [];
  const columns = standing.readings.map(() => [] as string[]);
  for (const [id, { history, stored }] of histories) {
    tidy(engine, history);
    const windows = readWindows(history, standing);
    (stored ? known : added).add(id, dueText(windows.due), pack(history, standing.gatherings));
    metrics.push(id);
    metricTexts(windows.values, standing).forEach((text, index) => {
      columns[index]!.push(text ?? 'null');
    });
  }
  if (known.ids.length > 0) {
    await tx.query(
      dayStatement(
        `update customer_history h set due = u.due, hist = u.hist
           from unnest($1::bigint[], $2::date[], $3::bytea[]) as u (customer_id, due, hist) where h.customer_id = u.customer_id`,
        known.values(),
      ),
    );
  }
  if (added.ids.length > 0) {
    await tx.query(
      dayStatement(
        `insert into customer_history (customer_id, due, hist)
         select * from unnest($1::bigint[], $2::date[], $3::bytea[])`,
        added.values(),
      ),
    );
  }
  return metrics.length === 0 ? 0 : await writeMetrics(tx, standing, metrics, columns);
}

class HistoryRows {
  readonly ids: string[] = [];
  private readonly due: string[] = [];
  private readonly bytes: string[] = [];
  add(id: string, due: string | null, bytes: Buffer): void {
    this.ids.push(id);
    this.due.push(due ?? 'null');
    this.bytes.push(`"\\\\x${bytes.toString('hex')}"`);
  }
  values(): string[] {
    return [arrayText(this.ids), arrayText(this.due), arrayText(this.bytes)];
  }
}

/** An array of values that need no quotes, as PostgreSQL reads it. */
const arrayText = (values: readonly string[]): string => `{${values.join(',')}}`;

async function writeMetrics(
  tx: Transaction,
  { readings, day }: Standing,
  ids: readonly string[],
  columns: readonly (readonly string[])[],
): Promise<number> {
  if (readings.length === 0) return 0;
  const codes = readings.map(({ reading }) => ident(reading.metric.code).sql);
  const arrays = readings.map(({ reading }, index) => `$${index + 3}::${columnTypes[reading.metric.unit]}[]`);
  const list = (alias: string) => codes.map((code) => `${alias}.${code}`).join(', ');
  const { rowCount } = await tx.query(
    dayStatement(
      `update customer_metric m set as_of = $1, ${codes.map((code) => `${code} = u.${code}`).join(', ')}
         from unnest($2::bigint[], ${arrays.join(', ')}) as u (customer_id, ${codes.join(', ')})
        where m.customer_id = u.customer_id and (${list('m')}) is distinct from (${list('u')})`,
      [dateText(day), arrayText(ids), ...columns.map(arrayText)],
    ),
  );
  return rowCount;
}

/**
 * Reads the history of every customer once, in no order, and tells what its windows hold: for metrics that are new and whose days are there.
 */
export async function scanHistories(
  tx: Transaction,
  { standing }: Engine,
  visit: (customers: { id: string; texts: (string | null)[] }[]) => Promise<void> | void,
): Promise<void> {
  const cursor = 'history_scan';
  await tx.query(
    `set local cursor_tuple_fraction = 1; declare ${cursor} no scroll cursor for select customer_id, hist from customer_history`,
  );
  for (;;) {
    const { rows } = await tx.query<{ customer_id: string; hist: Buffer }>(`fetch ${FETCH_ROWS} from ${cursor}`);
    if (rows.length === 0) break;
    await visit(
      rows.map(({ customer_id, hist }) => ({
        id: customer_id,
        texts: metricTexts(readPacked(hist, standing), standing),
      })),
    );
    if (rows.length < FETCH_ROWS) break;
  }
  await tx.query(`close ${cursor}`);
}

/** Fills the columns of the engine's readings for all customers from the histories. */
export async function fillFromHistories(
  tx: Transaction,
  engine: Engine,
  progress: (done: number) => void,
): Promise<void> {
  const { standing } = engine;
  const empty = metricTexts(readWindows(emptyHistory(), standing).values, standing);
  const assigned = standing.readings.map(
    ({ reading }, index) => sql`${raw(ident(reading.metric.code).sql)} = ${empty[index]}`,
  );
  await tx.query(
    sql`update customer_metric m set ${join(assigned, ', ')}
      where not exists (select from customer_history h where h.customer_id = m.customer_id)`,
  );
  let done = 0;
  await scanHistories(tx, engine, async (customers) => {
    const columns = standing.readings.map((_, index) => customers.map(({ texts }) => texts[index] ?? 'null'));
    await writeMetrics(
      tx,
      standing,
      customers.map(({ id }) => id),
      columns,
    );
    done += customers.length;
    progress(done);
  });
}

/** The rows of an ordered scan in chunks of whole customers. */
async function* byCustomer(tx: Transaction, scan: Sql): AsyncGenerator<Map<string, BucketRow[]>> {
  const cursor = 'bucket_scan';
  // All rows are wanted: a plan for the first few would be a slow one.
  await tx.query('set local cursor_tuple_fraction = 1');
  await tx.query(sql`declare ${raw(cursor)} no scroll cursor for ${scan}`);
  let chunk = new Map<string, BucketRow[]>();
  for (;;) {
    const { rows } = await tx.query<BucketRow>(`fetch ${FETCH_ROWS} from ${cursor}`);
    for (const row of rows) {
      const of = chunk.get(row.customer_id);
      if (of) of.push(row);
      else chunk.set(row.customer_id, [row]);
    }
    if (rows.length < FETCH_ROWS) break;
    // The last one may go on in the next rows.
    const last = rows.at(-1)!.customer_id;
    const carried = chunk.get(last)!;
    chunk.delete(last);
    if (chunk.size > 0) yield chunk;
    chunk = new Map([[last, carried]]);
  }
  if (chunk.size > 0) yield chunk;
  await tx.query(`close ${cursor}`);
}
