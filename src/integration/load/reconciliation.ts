import type { Queryable } from '#database';
import type { BusinessDate } from '#kernel';
import type { Check } from './control.ts';
import type { LoadFigures } from './runs.ts';
import { differenceOf } from './sums.ts';

/** How far rows or sums may change from one business date to the next before the report warns; as shares, 0.3 is 30 %. */
export interface WarningLimits {
  rows: number;
  sums: number;
}

export const defaultLimits: WarningLimits = { rows: 0.3, sums: 0.3 };

/** One figure beside that of the run before. */
export interface Comparison {
  before: string;
  now: string;
  /** Share as a decimal, `-0.1250`; null when there was nothing before. */
  change: string | null;
  warning: boolean;
}

/** What a run is checked against: the source's own totals, the run before, and the assets of the bank. */
export interface Reconciliation {
  /** Files with control totals. */
  controls: Check[];
  previous: { run: string; date: BusinessDate } | null;
  /** In the order of the figures of the run. */
  loads: { rows: Comparison | null; sums: Record<string, Comparison> }[];
  /** Null for a dry run. */
  aum: { before: string; after: string; currency: string } | null;
}

/** Figures of the last run of the mapping for an earlier business date that went through. */
export async function previousRun(
  db: Queryable,
  mapping: string,
  date: BusinessDate,
  run: string,
): Promise<{ run: string; date: BusinessDate; figures: LoadFigures[] } | null> {
  const { rows } = await db.query<{ run: string; date: BusinessDate; figures: LoadFigures[] }>(
    `select r.id as run, r.business_date as date,
            coalesce((select jsonb_agg(jsonb_build_object('file', f.file, 'entity', f.entity, 'read', f.read, 'sums', f.sums)
              order by f.position) from load_file f where f.run_id = r.id), '[]') as figures
       from load_run r
      where r.mapping = $1 and r.business_date < $2 and r.status = 'done' and not r.dry and r.mends is null and r.id <> $3
      order by r.business_date desc, r.id desc limit 1`,
    [mapping, date, run],
  );
  return rows[0] ?? null;
}

/** Each load entry of the run beside the same of the run before. */
export function compareFigures(
  now: readonly LoadFigures[],
  before: readonly LoadFigures[] | undefined,
  limits: WarningLimits,
): Reconciliation['loads'] {
  return now.map((figures, index) => {
    // The mapping may have changed between: an entry is compared with what stands in its place, if that is the same entity.
    const earlier = before?.[index]?.entity === figures.entity ? before[index] : undefined;
    if (!earlier) return { rows: null, sums: {} };
    const sums = Object.entries(figures.sums).flatMap(([code, sum]) => {
      const other = earlier.sums[code];
      return other === undefined ? [] : [[code, comparison(other, sum, limits.sums)] as const];
    });
    return {
      rows: comparison(String(earlier.read), String(figures.read), limits.rows),
      sums: Object.fromEntries(sums),
    };
  });
}

const SHARE_PLACES = 4;

function comparison(before: string, now: string, limit: number): Comparison {
  const scale = 10n ** 18n;
  const base = units(before);
  if (base === 0n) return { before, now, change: null, warning: units(now) !== 0n };
  const difference = units(differenceOf(now, before));
  const share = (difference * 10n ** BigInt(SHARE_PLACES)) / (base < 0n ? -base : base);
  const digits = (share < 0n ? -share : share).toString().padStart(SHARE_PLACES + 1, '0');
  const change = `${share < 0n ? '-' : ''}${digits.slice(0, -SHARE_PLACES)}.${digits.slice(-SHARE_PLACES)}`;
  const most = (BigInt(Math.round(limit * 1e6)) * scale) / 1_000_000n;
  const size = difference < 0n ? -difference : difference;
  return { before, now, change, warning: size * scale > most * (base < 0n ? -base : base) };
}

/** A decimal in units of the eighteenth place. */
function units(amount: string): bigint {
  const [whole, fraction = ''] = amount.split('.') as [string, string?];
  const value = BigInt(`${whole.replace('-', '')}${fraction.padEnd(18, '0').slice(0, 18)}`);
  return whole.startsWith('-') ? -value : value;
}

/** Assets of all customers as they stand, in the currency of the books. */
export async function bankAum(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ aum: string }>('select coalesce(sum(aum), 0)::text as aum from customer');
  return rows[0]!.aum;
}
