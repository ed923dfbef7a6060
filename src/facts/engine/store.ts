import {
  allOf,
  bigintArray,
  byteaArray,
  copyIn,
  copyOut,
  dateArray,
  ident,
  integerArray,
  join,
  numericArray,
  raw,
  type Sql,
  sql,
  type Transaction,
} from '#database';
import { type BusinessDate, dayNumber } from '#kernel';
import type { Model } from '#metadata';
import { columnTypes, type MetricUnit } from '../metric-definition.ts';
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
import { clear, emptyHistory, fold, gather, type History, type Packed, pack, roll, unpack } from './history.ts';
import { dateText, metricTexts, metricUnits, packedReader, readWindows, type Standing } from './reading.ts';
import type { Units } from './units.ts';

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
  let changed = 0;
  for await (const chunk of byCustomer(tx, ordered(fresh))) {
    const histories = await readHistories(tx, engine, [...chunk.keys()]);
    for (const [id, rows] of chunk) for (const row of rows) take(engine, histories.get(id)!.history, row);
    changed += await writeHistories(tx, engine, histories);
  }
  return changed + (await sweepDue(tx, engine, customers && new Set(customers)));
}

/**
 * Looks again at customers of whom a day leaves a window, as the table lies. Their facts stay what they were, so the histories are neither taken
 * apart nor written: the days that no window reaches go with the next fact. Returns the customers whose metrics changed.
 */
async function sweepDue(
  tx: Transaction,
  { standing }: Engine,
  among: ReadonlySet<string> | undefined,
): Promise<number> {
  const read = packedReader(standing);
  let changed = 0;
  let found = new DueRows();
  let metrics = new MetricRows(standing);
  const look = (id: bigint, history: Packed) => {
    if (among && !among.has(String(id))) return;
    const windows = read(history);
    found.add(id, windows.due);
    metrics.add(id, metricUnits(windows.values, standing));
  };
  for await (const _ of inPages(tx, `due <= '${dateText(standing.day)}'::date`, look)) {
    await found.write(tx);
    changed += await metrics.write(tx);
    found = new DueRows();
    metrics = new MetricRows(standing);
  }
  return changed;
}

class DueRows {
  private readonly ids: bigint[] = [];
  private readonly due: (number | null)[] = [];
  add(id: bigint, due: number): void {
    this.ids.push(id);
    this.due.push(Number.isFinite(due) ? due : null);
  }
  async write(tx: Transaction): Promise<void> {
    if (this.ids.length === 0) return;
    await tx.query(
      dayStatement(
        'update customer_history h set due = u.due from unnest($1::bigint[], $2::date[]) as u (customer_id, due) where h.customer_id = u.customer_id',
        [bigintArray(this.ids), dateArray(this.due)],
      ),
    );
  }
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

/** A row of the statement that reads histories: the history, and what was asked for beside it. */
export interface HistoryRow extends Record<string, unknown> {
  customer_id: string;
  hist: Buffer | null;
}

/** The histories of customers, empty ones for those who have none, in the order of their ids; the caller holds the state, or the turn to fold. */
export async function readHistories(
  tx: Transaction,
  engine: Engine,
  ids: readonly string[],
): Promise<Map<string, Held>> {
  const rows = await readHistoryRows(tx, ids, []);
  return new Map(rows.map((row) => [row.customer_id, heldOf(engine, row.hist)]));
}

/** More customers than these are read table by table. */
const FEW_CUSTOMERS = 64;

/**
 * The same as they are stored. `beside` are columns of the customer `c` and his stored metrics `m`; they are missing of who is no customer. Many are
 * read table by table, along the keys: joined, each customer would be looked for anew in each table, at twice the cost.
 */
export async function readHistoryRows(
  tx: Transaction,
  ids: readonly string[],
  beside: readonly Sql[],
): Promise<HistoryRow[]> {
  const sorted = inOrder(ids);
  const given = sql`${bigintArray(sorted)}::bigint[]`;
  if (beside.length > 0 && sorted.length <= FEW_CUSTOMERS) {
    const columns = [raw('u.id as customer_id'), raw('h.hist'), ...beside];
    const { rows } = await tx.query<HistoryRow>(
      dayStatement(sql`select ${join(columns, ', ')} from unnest(${given}) u(id)
      left join customer_history h on h.customer_id = u.id left join customer c on c.id = u.id left join customer_metric m on m.customer_id = u.id`),
    );
    return rows;
  }
  const [histories, others] = await allOf([
    tx.query<HistoryRow>(
      dayStatement(sql`select customer_id, hist from customer_history where customer_id = any(${given})`),
    ),
    beside.length > 0 &&
      tx.query<{ customer_id: string }>(
        dayStatement(sql`select ${join([raw('c.id as customer_id'), ...beside], ', ')} from customer c
      left join customer_metric m on m.customer_id = c.id where c.id = any(${given})`),
      ),
  ]);
  const hists = new Map(histories.rows.map((row) => [row.customer_id, row.hist]));
  const rows = new Map((others || { rows: [] }).rows.map((row) => [row.customer_id, row]));
  return sorted.map((id) => ({ ...rows.get(id), customer_id: id, hist: hists.get(id) ?? null }));
}

export const heldOf = ({ standing }: Engine, hist: Buffer | null): Held => ({
  history: hist ? unpack(hist, standing.gatherings) : emptyHistory(),
  stored: hist !== null,
});

/** Neighbours in the tables one after the other: they are often on one page. */
function inOrder(ids: readonly string[]): string[] {
  return [...ids].sort((a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0));
}

/** What is told of each history that is written: the values of the engine's readings. */
export type Told = (id: string, units: (Units | null)[]) => void;

/**
 * Writes histories, and the metrics that they answer where these differ: all, or those over the given entities. Returns the customers whose
 * metrics did.
 */
export async function writeHistories(
  tx: Transaction,
  engine: Engine,
  histories: ReadonlyMap<string, Held>,
): Promise<number> {
  return await packHistories(engine, histories)(tx);
}

/** The same in two steps: `told` hears the values at once, the function that is returned writes. */
export function packHistories(
  engine: Engine,
  histories: ReadonlyMap<string, Held>,
  entities?: ReadonlySet<string>,
  told?: Told,
): (tx: Transaction) => Promise<number> {
  const { standing } = engine;
  const known = new HistoryRows();
  const added = new HistoryRows();
  const metrics = new MetricRows(standing, entities);
  for (const [id, { history, stored }] of histories) {
    tidy(engine, history);
    const windows = readWindows(history, standing);
    (stored ? known : added).add(id, windows.due, pack(history, standing.gatherings));
    const units = metricUnits(windows.values, standing);
    metrics.add(id, units);
    told?.(id, units);
  }
  return async (tx) => {
    const [, , changed] = await allOf([
      known.ids.length > 0 &&
        tx.query(
          dayStatement(
            `update customer_history h set due = u.due, hist = u.hist
               from unnest($1::bigint[], $2::date[], $3::bytea[]) as u (customer_id, due, hist) where h.customer_id = u.customer_id`,
            known.values(),
          ),
        ),
      added.ids.length > 0 &&
        tx.query(
          dayStatement(
            `insert into customer_history (customer_id, due, hist)
             select * from unnest($1::bigint[], $2::date[], $3::bytea[])`,
            added.values(),
          ),
        ),
      metrics.write(tx),
    ]);
    return changed;
  };
}

class HistoryRows {
  readonly ids: string[] = [];
  private readonly due: (number | null)[] = [];
  private readonly bytes: Buffer[] = [];
  add(id: string, due: number, bytes: Buffer): void {
    this.ids.push(id);
    this.due.push(Number.isFinite(due) ? due : null);
    this.bytes.push(bytes);
  }
  values(): Buffer[] {
    return [bigintArray(this.ids), dateArray(this.due), byteaArray(this.bytes)];
  }
}

/** Metrics on their way to their columns: of all readings, or of those over some entities. */
class MetricRows {
  private readonly ids: (string | bigint)[] = [];
  private readonly columns: { code: string; unit: MetricUnit; places: number; at: number; units: (Units | null)[] }[];
  private readonly day: number;
  constructor({ readings, day }: Standing, entities?: ReadonlySet<string>) {
    this.day = day;
    this.columns = readings.flatMap(({ reading: { metric, measure }, places }, at) =>
      entities && !entities.has(measure.entity)
        ? []
        : [{ code: ident(metric.code).sql, unit: metric.unit, places, at, units: [] }],
    );
  }

  /** `units` of all readings. */
  add(id: string | bigint, units: readonly (Units | null)[]): void {
    this.ids.push(id);
    for (const { at, units: own } of this.columns) own.push(units[at]!);
  }

  /** Returns how many customers differed. */
  async write(tx: Transaction): Promise<number> {
    const { ids, columns, day } = this;
    if (columns.length === 0 || ids.length === 0) return 0;
    const codes = columns.map(({ code }) => code);
    const arrays = columns.map(({ unit }, index) => `$${index + 3}::${columnTypes[unit]}[]`);
    const list = (alias: string) => codes.map((code) => `${alias}.${code}`).join(', ');
    const { rowCount } = await tx.query(
      dayStatement(
        `update customer_metric m set as_of = $1, ${codes.map((code) => `${code} = u.${code}`).join(', ')}
           from unnest($2::bigint[], ${arrays.join(', ')}) as u (customer_id, ${codes.join(', ')})
          where m.customer_id = u.customer_id and (${list('m')}) is distinct from (${list('u')})`,
        [dateText(day), bigintArray(ids), ...columns.map(columnArray)],
      ),
    );
    return rowCount;
  }
}

function columnArray({ unit, places, units }: { unit: MetricUnit; places: number; units: (Units | null)[] }): Buffer {
  switch (columnTypes[unit]) {
    case 'date':
      return dateArray(units as (number | null)[]);
    case 'bigint':
      return bigintArray(units);
    case 'integer':
      return integerArray(units as (number | null)[]);
    default:
      return numericArray(units, places);
  }
}

/** Pages read at once from the table of histories, which holds about twenty customers in each. */
const SCAN_PAGES = 1000;

/**
 * Tells the histories that meet a condition, as the table lies, and stops after so many pages with the number told. The caller holds the state,
 * so that no row moves meanwhile but by the caller: what he writes is read again where the condition still holds for it.
 */
async function* inPages(
  tx: Transaction,
  condition: string,
  visit: (id: bigint, history: Packed) => void,
): AsyncGenerator<number> {
  const { rows } = await tx.query<{ pages: number }>(
    `select (pg_relation_size('customer_history') / current_setting('block_size')::int)::int as pages`,
  );
  for (let page = 0; page < rows[0]!.pages; page += SCAN_PAGES) {
    let count = 0;
    await copyOut(
      tx,
      `select customer_id, hist from customer_history
        where ctid >= '(${page},0)'::tid and ctid < '(${page + SCAN_PAGES},0)'::tid and ${condition}`,
      (bytes, [id, , start, end]) => {
        count += 1;
        visit(bytes.readBigInt64BE(id), { bytes, start: start!, end: end! });
      },
    );
    if (count > 0) yield count;
  }
}

/** Reads the history of every customer once and tells the metrics of the readings, of some customers at a time: the values in their order. */
export async function scanHistories(
  tx: Transaction,
  { standing }: Engine,
  visit: (customers: readonly { id: bigint; units: (Units | null)[] }[]) => Promise<void> | void,
): Promise<void> {
  const read = packedReader(standing);
  let customers: { id: bigint; units: (Units | null)[] }[] = [];
  const look = (id: bigint, history: Packed) => {
    customers.push({ id, units: metricUnits(read(history).values, standing) });
  };
  for await (const _ of inPages(tx, 'true', look)) {
    await visit(customers);
    customers = [];
  }
}

/** Fills the columns of the engine's readings for all customers from the histories. */
export async function fillFromHistories(
  tx: Transaction,
  engine: Engine,
  progress: (done: number) => void,
): Promise<void> {
  const { standing } = engine;
  const empty = metricTexts(metricUnits(readWindows(emptyHistory(), standing).values, standing), standing);
  const assigned = standing.readings.map(
    ({ reading }, index) => sql`${raw(ident(reading.metric.code).sql)} = ${empty[index]}`,
  );
  await tx.query(
    sql`update customer_metric m set ${join(assigned, ', ')}
      where not exists (select from customer_history h where h.customer_id = m.customer_id)`,
  );
  let done = 0;
  await scanHistories(tx, engine, async (customers) => {
    const rows = new MetricRows(standing);
    for (const { id, units } of customers) rows.add(id, units);
    await rows.write(tx);
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
