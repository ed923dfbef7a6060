import { type Context, fieldRight, may, type Scope, scopeOf } from '#access';
import { record } from '#audit';
import { join, type Sql, sql } from '#database';
import { addDays, type BusinessDate, csvLine, dayNumber, Failure, minorUnits, type Text } from '#kernel';
import { fieldOf } from '#metadata';
import { NO_ASSETS } from './aum-steps.ts';
import { kinds } from './failures.ts';

// The totals by unit, manager and class for one reader: what he reaches, over a period, split into money, market and moves.

export const ASSET_PERIODS = ['day', 'week', 'month', 'custom'] as const;

export interface AssetsQuestion {
  period: (typeof ASSET_PERIODS)[number];
  /** Of `custom`: the first and the last day that count. */
  from?: BusinessDate | undefined;
  to?: BusinessDate | undefined;
  /** Only what counts under one unit, under one manager. `0` is without. */
  unit?: string | undefined;
  manager?: string | undefined;
}

/** Amounts are decimal texts: opening + flow + market + movedIn - movedOut = closing. */
export interface AssetsLine {
  opening: string;
  flow: string;
  /** Price, income of what is held, interest, fees, exchange rates: all that is no money of the customer's. */
  market: string;
  movedIn: string;
  movedOut: string;
  closing: string;
  /** Customers with assets on the last day. */
  customers: number;
}

export interface Assets {
  /** The day that the ledger speaks of, and its first one; null before the first business day. */
  asOf: BusinessDate | null;
  startsOn: BusinessDate | null;
  from: BusinessDate | null;
  to: BusinessDate | null;
  /** May the reader take the figures along in a file? */
  export: boolean;
  total: AssetsLine;
  /** [date, closing, flow, market], where something changed; reaches back further than a short period. */
  curve: [BusinessDate, string, string, string][];
  units: (AssetsLine & { id: string; label: string | null })[];
  managers: (AssetsLine & { id: string; label: string | null; unit: string | null })[];
  classes: (AssetsLine & { code: string; label: Text })[];
}

const limits = { lines: 2_000, curveDaysMin: 90 };

interface State {
  as_of: BusinessDate | null;
  starts_on: BusinessDate | null;
}

/** What the totals say within the reader's reach. Throws a Failure for who does not see customers' assets in clear. */
export async function readAssets(ctx: Context, question: AssetsQuestion): Promise<Assets> {
  const right = aumRight(ctx);
  if (right.see !== 'clear') throw new Failure(kinds.assets_hidden);
  const { rows } = await ctx.database.query<State>(
    'select (select as_of from facts_state) as as_of, (select starts_on from aum_state) as starts_on',
  );
  const { as_of: asOf, starts_on: startsOn } = rows[0]!;
  const mayExport = right.export && may(ctx.actor, 'exports.request');
  if (asOf === null || startsOn === null) return { ...NOTHING, export: mayExport };
  const [from, to] = rangeOf(question, asOf, startsOn);
  const reach = reachOf(ctx, question);
  const curveFrom = [from, addDays(to, 1 - limits.curveDaysMin)].sort()[0]!;
  const [lines, curve] = await Promise.all([
    ctx.database.query<Line>(linesSql(from, to, reach)),
    ctx.database.query<CurvePoint>(curveSql(curveFrom < startsOn ? startsOn : curveFrom, to, reach)),
  ]);
  return { asOf, startsOn, from, to, export: mayExport, ...gathered(ctx, lines.rows), curve: curve.rows.map(pointOf) };
}

const ZERO: AssetsLine = {
  opening: '0.00',
  flow: '0.00',
  market: '0.00',
  movedIn: '0.00',
  movedOut: '0.00',
  closing: '0.00',
  customers: 0,
};

const NOTHING: Omit<Assets, 'export'> = {
  asOf: null,
  startsOn: null,
  from: null,
  to: null,
  total: ZERO,
  curve: [],
  units: [],
  managers: [],
  classes: [],
};

function aumRight({ model, actor }: Context) {
  const customer = model.entity('customer');
  return fieldRight(model, actor, customer, fieldOf(customer, 'aum')!);
}

/** The days of the period that the ledger knows. What there was on its first day is an opening, not a change. */
function rangeOf(question: AssetsQuestion, asOf: BusinessDate, startsOn: BusinessDate): [BusinessDate, BusinessDate] {
  const monday = addDays(asOf, -((((dayNumber(asOf) + 3) % 7) + 7) % 7));
  const wanted: Record<AssetsQuestion['period'], [BusinessDate, BusinessDate]> = {
    day: [asOf, asOf],
    week: [monday, asOf],
    month: [`${asOf.slice(0, 8)}01`, asOf],
    custom: [question.from ?? asOf, question.to ?? asOf],
  };
  const [first, last] = wanted[question.period];
  if (first > last) throw new Failure(kinds.period_reversed, { from: first, to: last }, 'from');
  const to = last > asOf ? asOf : last < startsOn ? startsOn : last;
  const earliest = addDays(startsOn, 1);
  return [first < earliest ? earliest : first > to ? to : first, to];
}

/** Rows of the totals within the reader's reach: by manager or unit. Reach by a condition on customers opens no totals. */
function reachOf(ctx: Context, question: AssetsQuestion): Sql {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  const wall = scope.crossesWalls ? sql`true` : sql`(not u.walled or u.owner_id = any(${scope.selfIds}::bigint[]))`;
  const narrowed = [
    ...(question.unit === undefined ? [] : [sql`u.branch_id = ${question.unit}::bigint`]),
    ...(question.manager === undefined ? [] : [sql`u.owner_id = ${question.manager}::bigint`]),
  ];
  return join([whose(scope), wall, ...narrowed], ' and ');
}

function whose(scope: Scope): Sql {
  switch (scope.kind) {
    case 'all':
      return sql`true`;
    case 'none':
      return sql`false`;
    case 'own':
      return sql`u.owner_id = ${scope.userId}::bigint`;
    case 'units':
      return sql`u.branch_id = any(${scope.unitIds}::bigint[])`;
    case 'mixed': {
      const plain = scope.parts.filter((part) => part.where === null);
      const ways = plain.map((part) =>
        part.all
          ? sql`true`
          : sql`u.owner_id = any(${part.ownerIds}::bigint[]) or u.branch_id = any(${part.unitIds}::bigint[])`,
      );
      return ways.length > 0 ? sql`(${join(ways, ' or ')})` : sql`false`;
    }
  }
}

interface Line {
  branch_id: string;
  owner_id: string;
  class: string;
  unit: string | null;
  manager: string | null;
  closing: string;
  change: string;
  flow: string;
  moved_in: string;
  moved_out: string;
  customers: string;
}

const SUMS = sql`sum(u.change) as change, sum(u.flow) as flow, sum(u.moved_in) as moved_in, sum(u.moved_out) as moved_out`;

/** By unit, manager and class: the closing of `to`, reckoned back from the ledger's last day, and the changes since `from`. */
function linesSql(from: BusinessDate, to: BusinessDate, reach: Sql): Sql {
  return sql`with closing as (
      select branch_id, owner_id, class, sum(amount) as amount, sum(customers) as customers from (
        select u.branch_id, u.owner_id, u.class, u.amount, u.customers from aum_unit u where ${reach}
        union all
        select u.branch_id, u.owner_id, u.class, -u.change, -u.customers from aum_unit_day u where u.business_date > ${to}::date and ${reach}) parts
       group by branch_id, owner_id, class),
    moved as (
      select u.branch_id, u.owner_id, u.class, ${SUMS} from aum_unit_day u
       where u.business_date between ${from}::date and ${to}::date and ${reach} group by u.branch_id, u.owner_id, u.class)
    select branch_id, owner_id, class, o.name as unit, p.name as manager, coalesce(c.amount, 0)::numeric(24,2) as closing, coalesce(c.customers, 0) as customers,
           coalesce(m.change, 0)::numeric(24,2) as change, coalesce(m.flow, 0)::numeric(24,2) as flow,
           coalesce(m.moved_in, 0)::numeric(24,2) as moved_in, coalesce(m.moved_out, 0)::numeric(24,2) as moved_out
      from closing c full join moved m using (branch_id, owner_id, class)
      left join org_unit o on o.id = branch_id left join "user" p on p.id = owner_id
     where coalesce(c.amount, 0) <> 0 or coalesce(c.customers, 0) <> 0 or m.change is not null
     order by branch_id, owner_id, class`;
}

interface CurvePoint {
  date: BusinessDate;
  total: string;
  flow: string;
  market: string;
}

function curveSql(from: BusinessDate, to: BusinessDate, reach: Sql): Sql {
  return sql`with day as (
      select u.business_date as date, ${SUMS} from aum_unit_day u
       where u.class = 'all' and u.business_date > ${from}::date and ${reach} group by u.business_date),
    point as (
      select ${from}::date as date, 0::numeric as change, 0::numeric as flow, 0::numeric as market
      union all select date, change, flow, change - flow - moved_in + moved_out from day)
    select * from (select date, ((select coalesce(sum(u.amount), 0) from aum_unit u where u.class = 'all' and ${reach})
        - coalesce(sum(change) over (order by date desc rows between unbounded preceding and 1 preceding), 0))::numeric(24,2) as total,
        flow::numeric(24,2) as flow, market::numeric(24,2) as market
      from point) course where date <= ${to}::date order by date`;
}

const pointOf = ({ date, total, flow, market }: CurvePoint): Assets['curve'][number] => [date, total, flow, market];

/** Sums in hundredths, exact. */
interface Sum {
  closing: bigint;
  change: bigint;
  flow: bigint;
  movedIn: bigint;
  movedOut: bigint;
  customers: number;
}

function add(sum: Sum | undefined, line: Line): Sum {
  return {
    closing: (sum?.closing ?? 0n) + minorUnits(line.closing),
    change: (sum?.change ?? 0n) + minorUnits(line.change),
    flow: (sum?.flow ?? 0n) + minorUnits(line.flow),
    movedIn: (sum?.movedIn ?? 0n) + minorUnits(line.moved_in),
    movedOut: (sum?.movedOut ?? 0n) + minorUnits(line.moved_out),
    customers: (sum?.customers ?? 0) + Number(line.customers),
  };
}

function decimal(minor: bigint): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function lineOf(sum: Sum | undefined): AssetsLine {
  if (!sum) return ZERO;
  return {
    opening: decimal(sum.closing - sum.change),
    flow: decimal(sum.flow),
    market: decimal(sum.change - sum.flow - sum.movedIn + sum.movedOut),
    movedIn: decimal(sum.movedIn),
    movedOut: decimal(sum.movedOut),
    closing: decimal(sum.closing),
    customers: sum.customers,
  };
}

function gathered(ctx: Context, rows: Line[]): Pick<Assets, 'total' | 'units' | 'managers' | 'classes'> {
  const all = rows.filter((row) => row.class === 'all');
  const by = (lines: Line[], keyOf: (line: Line) => string) => {
    const sums = new Map<string, Sum>();
    for (const line of lines) sums.set(keyOf(line), add(sums.get(keyOf(line)), line));
    return sums;
  };
  const largestFirst = (one: Sum, other: Sum) =>
    one.closing === other.closing ? 0 : one.closing < other.closing ? 1 : -1;
  const listed = (keyOf: (line: Line) => string) =>
    [...by(all, keyOf)].sort(([, one], [, other]) => largestFirst(one, other)).slice(0, limits.lines);
  const units = new Map(all.map((line) => [line.branch_id, line.unit]));
  const names = new Map(all.map((line) => [line.owner_id, line.manager]));
  const unitsOf = (owner: string) => [
    ...new Set(all.flatMap((line) => (line.owner_id === owner ? (line.unit ?? []) : []))),
  ];
  const classSums = by(
    rows.filter((row) => row.class !== 'all'),
    (line) => line.class,
  );
  const options = fieldOf(ctx.model.entity('product'), 'class')!.options!.filter(
    ({ code }) => !NO_ASSETS.includes(code),
  );
  return {
    total: lineOf(by(all, () => '').get('')),
    units: listed((line) => line.branch_id).map(([id, sum]) => ({ id, label: units.get(id) ?? null, ...lineOf(sum) })),
    managers: listed((line) => line.owner_id).map(([id, sum]) => ({
      id,
      label: names.get(id) ?? null,
      unit: unitsOf(id).join(', ') || null,
      ...lineOf(sum),
    })),
    classes: options.flatMap(({ code, label }) => {
      const sum = classSums.get(code);
      return sum ? [{ code, label, ...lineOf(sum) }] : [];
    }),
  };
}

export const ASSET_TABLES = ['units', 'managers', 'classes'] as const;

/** One of the tables as a CSV file; taking it along is audited. */
export async function assetsCsv(
  ctx: Context,
  question: AssetsQuestion & { by: (typeof ASSET_TABLES)[number] },
): Promise<string> {
  const assets = await readAssets(ctx, question);
  if (!assets.export) throw new Failure(kinds.assets_not_exported);
  const { language } = ctx;
  const lines = [
    ...assets[question.by].map((line) => [nameOf(line.label, language), line] as const),
    [TOTAL[language], assets.total] as const,
  ];
  const { from, to, by, unit, manager } = { ...question, from: assets.from, to: assets.to };
  await record(ctx.database, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'export',
    detail: { assets: by, from, to, unit, manager, rows: lines.length },
  });
  const head = csvLine(HEADS[language]);
  const body = lines.map(([name, line]) =>
    csvLine([
      name,
      ...[line.opening, line.flow, line.market, line.movedIn, line.movedOut, line.closing].map(String),
      String(line.customers),
      `${from}`,
      `${to}`,
    ]),
  );
  return `\uFEFF${head}${body.join('')}`;
}

const TOTAL = { zh: '合计', en: 'Total' };
const NOBODY = { zh: '未分配', en: 'Not assigned' };

const nameOf = (label: string | Text | null, language: 'zh' | 'en') =>
  label === null ? NOBODY[language] : typeof label === 'string' ? label : label[language];

const HEADS = {
  zh: ['名称', '期初', '净流入', '市场与收益', '划入', '划出', '期末', '客户数', '自', '至'],
  en: [
    'Name',
    'Opening',
    'Net flow',
    'Market and income',
    'Moved in',
    'Moved out',
    'Closing',
    'Customers',
    'From',
    'To',
  ],
};
