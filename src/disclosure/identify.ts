import { createHash } from 'node:crypto';
import type { Context } from '#access';
import { record } from '#audit';
import { sql } from '#database';
import { Failure } from '#kernel';
import { parseCsv } from './csv.ts';
import { kinds } from './failures.ts';
import { comparable, findMarks, orderEvidence } from './marks.ts';

export const limits = {
  /** What one request carries; a leaked file is recognised by a part of it. */
  textLengthMax: 900_000,
  /** Rows whose order is looked at. */
  rowsMax: 5_000,
  cellLengthMax: 200,
  /** Newest exports whose order is tried. */
  candidatesMax: 2_000,
  /** Standard deviations from chance; with 2,000 exports and 60 columns a false hit is below one in ten million. */
  certain: 7,
};

interface Candidate {
  id: string;
  mark: number;
  mark_key: string;
  sha256: string | null;
}

export interface Identified {
  /** How it was recognised: the very file, the signs within texts, the order of rows. */
  by: 'file' | 'signs' | 'order';
  /** Cells that carry the mark, or standard deviations of the order. */
  strength: number;
  export: Record<string, unknown>;
}

/** Finds out whose export a leaked table comes from; null when nothing leads to one. Who asked, and what came of it, is recorded. */
export async function identifyLeak(ctx: Context, text: string): Promise<Identified | null> {
  const sha256 = hashOf(text);
  // Whoever reads a file as text may have lost the mark at its beginning.
  const found =
    (await byFile(ctx, [sha256, hashOf(`\uFEFF${text}`)])) ?? (await bySigns(ctx, text)) ?? (await byOrder(ctx, text));
  const exported = found && (await readExport(ctx, found.id));
  await record(ctx.database, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'search',
    entity: 'export_run',
    recordId: found?.id,
    detail: { leak: sha256, by: found?.by ?? null },
  });
  return found && exported ? { by: found.by, strength: found.strength, export: exported } : null;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

type Found = { id: string } & Pick<Identified, 'by' | 'strength'>;

async function byFile(ctx: Context, hashes: string[]): Promise<Found | undefined> {
  const { rows } = await ctx.database.query<Candidate>('select id from export_run where sha256 = any($1) limit 1', [
    hashes,
  ]);
  return rows[0] && { id: rows[0].id, by: 'file', strength: 1 };
}

async function bySigns(ctx: Context, text: string): Promise<Found | undefined> {
  for (const { mark, count } of findMarks(text).slice(0, 10)) {
    const { rows } = await ctx.database.query<Candidate>('select id from export_run where mark = $1', [mark]);
    if (rows[0]) return { id: rows[0].id, by: 'signs', strength: count };
  }
  return undefined;
}

async function byOrder(ctx: Context, text: string): Promise<Found | undefined> {
  const rows = parseCsv(text, limits.rowsMax);
  if (rows.length === 0) throw new Failure(kinds.leak_unreadable, {}, 'text');
  const width = Math.max(...rows.map((row) => row.length));
  const columns = Array.from({ length: Math.min(width, 100) }, (_, column) =>
    rows.map((row) => comparable((row[column] ?? '').slice(0, limits.cellLengthMax))),
  );
  const { rows: candidates } = await ctx.database.query<Candidate>(
    sql`select id, mark_key from export_run where rows is not null order by requested_at desc limit ${limits.candidatesMax}`,
  );
  let best: Found | undefined;
  for (const [index, { id, mark_key: key }] of candidates.entries()) {
    const strength = orderEvidence(Number(key), columns);
    if (strength >= limits.certain && strength > (best?.strength ?? 0)) best = { id, by: 'order', strength };
    // Hundreds of milliseconds of arithmetic must not hold other requests up.
    if (index % 20 === 19) await new Promise(setImmediate);
  }
  return best;
}

async function readExport(ctx: Context, id: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await ctx.database.query<{ item: Record<string, unknown> }>(
    sql`select json_build_object('id', e.id::text, 'entity', e.entity, 'purpose', e.purpose, 'reason', e.reason, 'ticket', e.ticket, 'address', e.address,
        'requestedAt', e.requested_at, 'rows', e.rows, 'sha256', e.sha256, 'downloads', e.downloads, 'format', e.format,
        'maker', json_build_object('id', u.id::text, 'username', u.username, 'name', u.name, 'unit', o.name)) as item
      from export_run e left join "user" u on u.id = e.maker_id left join org_unit o on o.id = u.org_unit_id where e.id = ${id}::bigint`,
  );
  return rows[0]?.item;
}
