import { setImmediate as turn } from 'node:timers/promises';
import { copyIn, ident, sqlState, type Transaction } from '#database';
import { addMonths, type BusinessDate } from '#kernel';
import { columnOf, fieldOf, tableOf } from '#metadata';
import {
  type BulkResult,
  type BulkRow,
  type BulkTarget,
  type Chunks,
  type Correction,
  columnList,
  createStage,
  type Layout,
} from './bulk-layout.ts';
import { holdWatermark, tellChanges } from './changes.ts';
import { fewFacts, insertFew, lookForFacts } from './few-facts.ts';
import { ensurePartitions, partitionOf } from './partitions.ts';
import { keepFacts } from './undo.ts';

const limits = {
  /** Rows per COPY: large enough to be cheap, small enough to hold in memory for a second way in. */
  blockRows: 20_000,
  /** Characters per piece of COPY text. */
  textLength: 64 * 1024,
  /** Corrected facts told with their content. */
  corrections: 20,
  /** A fact that comes again is found if its date moved by no more than this many calendar months. */
  movedMonths: 1,
};

const DUPLICATE_KEY = '23505';

/** What one batch of facts works with. */
interface Work {
  tx: Transaction;
  target: BulkTarget;
  layout: Layout;
  table: string;
  watermark: BusinessDate | null;
  /** By month (`YYYY-MM`): did the partition hold facts before this batch? */
  held: Map<string, boolean>;
  result: BulkResult;
  noted: boolean;
}

/**
 * Straight into the partitions, after a look whether any of a block's facts is there already; once one is, that block and those after it
 * go through a stage, where they are compared: a file that was loaded before is full of them.
 */
export async function writeFacts(
  tx: Transaction,
  target: BulkTarget,
  layout: Layout,
  chunks: Chunks,
): Promise<BulkResult> {
  const result: BulkResult = { inserted: 0, updated: 0, corrected: 0, unchanged: 0, corrections: [] };
  if (target.exceptions) result.exceptions = new Map();
  const few = fewFacts(target, chunks);
  const look = few && (await lookForFacts(tx, target, few));
  const work: Work = {
    tx,
    target,
    layout,
    table: ident(target.entity.code).sql,
    watermark: look ? look.watermark : await holdWatermark(tx),
    held: new Map(),
    result,
    noted: false,
  };
  let rest: Chunks = chunks;
  if (few && look?.clear) {
    const written = await insertFew(tx, target, few, layout);
    const ids = new Set(written);
    const left = few.filter(([id]) => !ids.has(id!));
    result.inserted = written.length;
    result.unchanged = few.length - written.length - left.length; // twice in the batch
    if (!target.folded) await noteLate(work, lateOf(work, few, ids));
    rest = [left];
  }
  let stages: Stages | undefined;
  for await (const block of ahead(blocks(rest, work))) {
    await openMonths(work, block);
    if (!stages && !(await holdsAny(work, block)) && (await copied(work, block))) {
      result.inserted += block.rows;
      if (!target.folded) await noteLate(work, block.late);
      continue;
    }
    stages ??= await createStages(work);
    await writeThroughStage(work, stages, block);
  }
  if (work.noted) await tellChanges(tx);
  return result;
}

/** Makes missing partitions, and remembers which of the months around held facts before this batch. */
async function openMonths({ tx, target, held }: Work, { newMonths }: FactBlock): Promise<void> {
  if (newMonths.length === 0) return;
  const { entity } = target;
  const near = [...new Set(newMonths.flatMap(monthsAround))].filter((month) => !held.has(month));
  if (near.length > 0) {
    const { rows } = await tx.query<{ partition: string }>(
      'select p.partition from unnest($1::text[]) p(partition) where to_regclass(quote_ident(p.partition)) is not null',
      [near.map((month) => partitionOf(entity, month))],
    );
    const there = new Set(rows.map(({ partition }) => partition));
    const asked = near.filter((month) => there.has(partitionOf(entity, month)));
    const parts = asked.map((month) => `exists (select from ${ident(partitionOf(entity, month)).sql}) as "${month}"`);
    const filled =
      parts.length > 0 ? (await tx.query<Record<string, boolean>>(`select ${parts.join(', ')}`)).rows[0]! : {};
    for (const month of near) held.set(month, filled[month] ?? false);
    await ensurePartitions(
      tx,
      entity,
      newMonths.filter((month) => !there.has(partitionOf(entity, month))),
    );
    return;
  }
  await ensurePartitions(tx, entity, newMonths);
}

function monthsAround(month: string): string[] {
  const around = Array.from({ length: 2 * limits.movedMonths + 1 }, (_, index) => index - limits.movedMonths);
  return around.map((step) => addMonths(`${month}-01`, step).slice(0, 7));
}

/** Bounds of the dates where facts of a block may stand already; undefined where none can. */
function reachOf({ held }: Work, { months }: FactBlock): { from: BusinessDate; to: BusinessDate } | undefined {
  const near = [...new Set([...months].flatMap(monthsAround))].filter((month) => held.get(month)).sort();
  if (near.length === 0) return undefined;
  return { from: `${near[0]}-01`, to: addMonths(`${near.at(-1)}-01`, 1) };
}

/** Does any fact of the block stand somewhere already? By id alone, so that date and customer may have moved. */
async function holdsAny(work: Work, block: FactBlock): Promise<boolean> {
  const reach = reachOf(work, block);
  if (!reach) return false;
  // The dates stand in the text, so that only the partitions in reach are planned.
  // Counted to the end: a plan for the first hit would read whole months when there is none, which is the usual case.
  const { rows } = await work.tx.query<{ found: string }>(
    `select count(*) as found from ${work.table} t where t.id = any($1::bigint[])
        and t.business_date >= '${reach.from}' and t.business_date < '${reach.to}'`,
    [`{${block.ids.join(',')}}`],
  );
  return rows[0]!.found !== '0';
}

/** COPY straight into the table; false when a key stood there after all: twice in the block, or written meanwhile. */
async function copied({ tx, table, layout }: Work, block: FactBlock): Promise<boolean> {
  await tx.query('savepoint fact_block');
  try {
    await copyIn(tx, `copy ${table} (${columnList(layout.columns)}) from stdin`, block.content);
    await tx.query('release savepoint fact_block');
    return true;
  } catch (error) {
    if (sqlState(error) !== DUPLICATE_KEY) throw error;
    await tx.query('rollback to savepoint fact_block');
    return false;
  }
}

interface Stages {
  /** The block. */
  fresh: string;
  /** Whole rows that it corrects, as they stood. */
  before: string;
}

async function createStages({ tx, target, layout }: Work): Promise<Stages> {
  const columns = tableOf(target.entity).columns.map(({ name }) => name);
  return {
    fresh: await createStage(tx, target.entity, layout.columns),
    before: await createStage(tx, target.entity, columns),
  };
}

async function writeThroughStage(work: Work, { fresh, before }: Stages, block: FactBlock): Promise<void> {
  const { tx, target, layout, table, result } = work;
  const columns = layout.columns;
  await tx.query(`truncate ${fresh}, ${before}`);
  await copyIn(tx, `copy ${fresh} (${columnList(columns)}) from stdin`, block.content);
  const compared = columns.filter((column) => !PLACE.has(column) && column !== 'batch_id');
  const same = await tx.query<{ id: string }>(
    `delete from ${fresh} s using ${table} t
      where t.customer_id = s.customer_id and t.business_date = s.business_date and t.id = s.id
        and t.business_date between '${block.first}' and '${block.last}'
        and (${columnList(compared, 't')}) is not distinct from (${columnList(compared, 's')})
      ${result.exceptions ? 'returning s.id' : ''}`,
  );
  for (const { id } of same.rows) result.exceptions?.set(id, 'unchanged');
  result.unchanged += same.rowCount;
  const rest = block.rows - same.rowCount;
  if (rest === 0) return;
  const corrected = await takeOut(work, { fresh, before }, block);
  // Columns that the batch does not bring stay as they were; whose batch the fact is, it says anew.
  const others = tableOf(target.entity)
    .columns.map(({ name }) => name)
    .filter((name) => !columns.includes(name) && name !== 'batch_id');
  const kept = corrected > 0 && others.length > 0;
  const { rowCount: written } = await tx.query(
    `insert into ${table} (${columnList(kept ? [...columns, ...others] : columns)})
       select ${columnList(columns, 's')}${kept ? `, ${columnList(others, 'b')}` : ''} from ${fresh} s
       ${kept ? `left join ${before} b on b.id = s.id` : ''} on conflict do nothing`,
  );
  result.inserted += written - corrected;
  result.corrected += corrected;
  result.unchanged += rest - written;
  await noteStaged(work, { fresh, before }, corrected > 0);
}

/** What makes a fact the same one and where it stands. */
const PLACE: ReadonlySet<string> = new Set(['id', 'customer_id', 'business_date']);

/** Takes the facts that the staged ones correct out of the table; returns how many. */
async function takeOut(work: Work, { fresh, before }: Stages, block: FactBlock): Promise<number> {
  const { tx, target, table, result } = work;
  const reach = reachOf(work, block) ?? { from: block.first, to: block.last };
  // This block's own months are looked at in any case: what stands there now may have been written meanwhile.
  const from = reach.from < block.first ? reach.from : block.first;
  const to = reach.to > block.last ? reach.to : block.last;
  const { rowCount } = await tx.query(
    `with taken as (
       delete from ${table} t using ${fresh} s where t.id = s.id and t.business_date between '${from}' and '${to}' returning t.*)
     insert into ${before} select ${columnList(
       tableOf(target.entity).columns.map(({ name }) => name),
       'taken',
     )} from taken`,
  );
  if (rowCount === 0) return 0;
  const { rows } = await tx.query<{ id: string }>(`select distinct id from ${before}`);
  for (const { id } of rows) result.exceptions?.set(id, 'corrected');
  if (target.batch !== undefined) await keepFacts(tx, target.entity, target.batch, before);
  await sample(work, { fresh, before });
  return rows.length;
}

/** Remembers the first corrections with the fields that differ. */
async function sample({ tx, target, result }: Work, { fresh, before }: Stages): Promise<void> {
  const room = limits.corrections - result.corrections.length;
  if (room <= 0) return;
  // Each value as text of its own: numbers of JSON would be rounded on the way.
  const columns = target.columns.map((code) => ({ code, column: ident(columnOf(fieldOf(target.entity, code)!)).sql }));
  const pairs = columns.map(({ column }, at) => `b.${column}::text as b${at}, s.${column}::text as a${at}`);
  const { rows } = await tx.query<Record<string, string | null> & { id: string; customer: string }>(
    `select s.id, s.customer_id as customer, ${pairs.join(', ')} from ${before} b join ${fresh} s on s.id = b.id
      order by s.id limit ${room}`,
  );
  for (const row of rows) {
    const correction: Correction = { id: row.id, customerId: row.customer, before: {}, after: {} };
    columns.forEach(({ code }, at) => {
      if (row[`b${at}`] === row[`a${at}`]) return;
      correction.before[code] = row[`b${at}`]!;
      correction.after[code] = row[`a${at}`]!;
    });
    result.corrections.push(correction);
  }
}

/** Notes for what went through the stage: old and new places of corrections, and new facts unless the caller folds them in. */
async function noteStaged(work: Work, { fresh, before }: Stages, corrected: boolean): Promise<void> {
  const { tx, target, watermark } = work;
  if (watermark === null) return;
  const parts: string[] = [];
  if (!target.folded) parts.push(`select customer_id, business_date from ${fresh}`);
  else if (corrected)
    parts.push(`select s.customer_id, s.business_date from ${fresh} s join ${before} b on b.id = s.id`);
  if (corrected) parts.push(`select customer_id, business_date from ${before}`);
  if (parts.length === 0) return;
  const { rowCount } = await tx.query(
    `insert into customer_change (customer_id, entity, business_date)
       select customer_id, $1, business_date from (${parts.join(' union ')}) p where business_date <= $2 on conflict do nothing`,
    [target.entity.code, watermark],
  );
  work.noted ||= rowCount > 0;
}

/** Of these rows what computed state should know of already. */
function lateOf({ target, watermark }: Work, rows: readonly BulkRow[], written: ReadonlySet<string>): Set<string> {
  const [customerAt, dateAt] = ['customer', 'business_date'].map((code) => target.columns.indexOf(code) + 2);
  const late = rows.filter((row) => watermark !== null && row[dateAt!]! <= watermark && written.has(row[0]!));
  return new Set(late.map((row) => `${row[customerAt!]}\t${row[dateAt!]}`));
}

async function noteLate(work: Work, late: ReadonlySet<string>): Promise<void> {
  if (late.size === 0) return;
  const places = [...late].map((place) => place.split('\t'));
  await work.tx.query(
    `insert into customer_change (customer_id, entity, business_date)
       select customer_id, $3, business_date from unnest($1::text::bigint[], $2::text::date[]) p(customer_id, business_date)
       on conflict do nothing`,
    [
      `{${places.map(([customer]) => customer).join(',')}}`,
      `{${places.map(([, date]) => date).join(',')}}`,
      work.target.entity.code,
    ],
  );
  work.noted = true;
}

/** Rows that travel together, as COPY text already: held as bytes they cost the garbage collector nothing. */
interface FactBlock {
  rows: number;
  content: Buffer[];
  /** Ids of all rows, where facts that stood before may be met. */
  ids: string[];
  /** Months (`YYYY-MM`) of the rows, and those of them that no block before had. */
  months: Set<string>;
  newMonths: string[];
  first: BusinessDate;
  last: BusinessDate;
  /** Customer and date, with a tab between, of rows that computed state should know of already. */
  late: Set<string>;
}

const emptyBlock = (): FactBlock => ({
  rows: 0,
  content: [],
  ids: [],
  months: new Set(),
  newMonths: [],
  first: '9999-12-31',
  last: '0001-01-01',
  late: new Set(),
});

/** Gets the next block while this one is written: making rows is this program's work, writing them the server's. */
async function* ahead(source: AsyncGenerator<FactBlock>): AsyncGenerator<FactBlock> {
  let coming = source.next();
  try {
    for (;;) {
      const { value, done } = await coming;
      if (done) return;
      coming = source.next();
      coming.catch(() => {}); // told when it is waited for, unless writing failed first
      yield value;
    }
  } finally {
    await source.return(undefined);
  }
}

async function* blocks(chunks: Chunks, { target, layout, watermark }: Work): AsyncGenerator<FactBlock> {
  const dateAt = target.columns.indexOf('business_date') + 2;
  const customerAt = target.columns.indexOf('customer') + 2;
  const months = new Set<string>();
  let block = emptyBlock();
  let text = '';
  let date: string | null = null;
  let isLate = false;
  const keep = () => {
    block.content.push(Buffer.from(text));
    text = '';
  };
  const enter = (next: string) => {
    date = next;
    isLate = watermark !== null && date <= watermark;
    const month = date.slice(0, 7);
    if (!months.has(month)) block.newMonths.push(month);
    months.add(month);
    block.months.add(month);
    if (date < block.first) block.first = date;
    if (date > block.last) block.last = date;
  };
  for await (const rows of chunks) {
    for (const row of rows) {
      if (row[dateAt] !== date) enter(row[dateAt]!);
      if (isLate) block.late.add(`${row[customerAt]}\t${date}`);
      block.ids.push(row[0]!);
      text += layout.line(row);
      if (text.length >= limits.textLength) {
        keep();
        // Rows that are there already would be worked through at a stretch, and the writing beside wait.
        await turn();
      }
      block.rows += 1;
      if (block.rows < limits.blockRows) continue;
      keep();
      yield block;
      block = emptyBlock();
      date = null;
    }
  }
  keep();
  if (block.rows > 0) yield block;
}
