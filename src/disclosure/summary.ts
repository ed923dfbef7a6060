import type { Context } from '#access';
import { sql } from '#database';
import { workCalendar } from '#facts';
import {
  addDays,
  type BusinessDate,
  csvLine,
  dateIn,
  dayNumber,
  Failure,
  fromDayNumber,
  instantAt,
  isWorkday,
  type Text,
} from '#kernel';
import { fieldOf } from '#metadata';
import { kinds } from './failures.ts';
import { withinReach } from './inbox.ts';
import { purposes } from './policy.ts';

/** Reveals of one week that are looked at; more than a bank of this size makes. */
const ROWS_MAX = 50_000;

/** `2026-W47` as the Monday of that week (ISO 8601: the week with the year's first Thursday is the first). */
export function mondayOf(week: string): BusinessDate {
  const match = /^(\d{4})-W(\d{2})$/.exec(week);
  const number = Number(match?.[2]);
  if (!match || number < 1 || number > 53) throw new Failure(kinds.week_invalid, { week }, 'week');
  const fourth = dayNumber(`${match[1]}-01-04`);
  return fromDayNumber(fourth - weekday(fourth) + (number - 1) * 7);
}

/** 0 = Monday; day 0 of the count, 1970-01-01, was a Thursday. */
const weekday = (day: number) => (((day + 3) % 7) + 7) % 7;

interface Row {
  maker: string;
  name: string;
  branch: string | null;
  entity: string;
  field: string;
  purpose: string;
  path: string;
  at: string;
  state: string;
  values_shown: number;
  unreviewed: boolean;
  misuse: boolean;
}

export interface SummaryLine {
  code: string;
  label: string | Text;
  requests: number;
  /** Values shown, each of which is one audit event. */
  values: number;
  emergencies: number;
  refused: number;
  unreviewed: number;
  outOfHours: number;
  misuse: number;
}

/** The reveals of a week within the reader's reach, counted by person, field, purpose and branch: what an owner of data looks through. */
export async function summarise(ctx: Context, week: string) {
  const monday = mondayOf(week);
  const { zone } = ctx.institution;
  const [from, to] = [instantAt(zone, monday, '00:00'), instantAt(zone, addDays(monday, 7), '00:00')];
  const { rows } = await ctx.database.query<Row>(
    sql`select r.maker_id as maker, u.name, o.name as branch, r.entity, r.field, r.purpose, r.path, r.requested_at as at, r.state, r.values_shown,
        (r.review_due_at is not null and r.reviewed_at is null) as unreviewed, coalesce(r.verdict = 'misuse', false) as misuse
      from reveal r left join "user" u on u.id = r.maker_id left join org_unit o on o.id = u.org_unit_id
      where r.requested_at >= ${from.toISOString()}::timestamptz and r.requested_at < ${to.toISOString()}::timestamptz and ${withinReach(ctx)}
      order by r.requested_at limit ${ROWS_MAX}`,
  );
  const isOutOfHours = hoursOf(ctx);
  const counted = rows.map((row) => ({ ...row, outOfHours: isOutOfHours(new Date(row.at)) }));
  const by = (keyOf: (row: Row) => string, labelOf: (row: Row) => string | Text): SummaryLine[] => {
    const lines = new Map<string, SummaryLine>();
    for (const row of counted) {
      const key = keyOf(row);
      const line = lines.get(key) ?? { code: key, label: labelOf(row), ...zero() };
      lines.set(key, add(line, row));
    }
    return [...lines.values()].sort((a, b) => b.requests - a.requests || a.code.localeCompare(b.code));
  };
  const purposeLabels = new Map(purposes(ctx.model).map(({ code, label }) => [code, label]));
  return {
    week,
    from: monday,
    to: addDays(monday, 6),
    total: counted.reduce(add, { code: 'total', label: { zh: '合计', en: 'Total' }, ...zero() } as SummaryLine),
    users: by(
      ({ maker }) => maker,
      ({ name, maker }) => name ?? maker,
    ),
    fields: by(
      ({ entity, field }) => `${entity}.${field}`,
      ({ entity, field }) => fieldLabel(ctx, entity, field),
    ),
    purposes: by(
      ({ purpose }) => purpose,
      ({ purpose }) => purposeLabels.get(purpose) ?? purpose,
    ),
    branches: by(
      ({ branch }) => branch ?? '',
      ({ branch }) => branch ?? '',
    ),
  };
}

const zero = () => ({ requests: 0, values: 0, emergencies: 0, refused: 0, unreviewed: 0, outOfHours: 0, misuse: 0 });

function add(line: SummaryLine, row: Row & { outOfHours: boolean }): SummaryLine {
  return {
    ...line,
    requests: line.requests + 1,
    values: line.values + row.values_shown,
    emergencies: line.emergencies + Number(row.path === 'emergency'),
    refused: line.refused + Number(row.state === 'refused'),
    unreviewed: line.unreviewed + Number(row.unreviewed),
    outOfHours: line.outOfHours + Number(row.outOfHours),
    misuse: line.misuse + Number(row.misuse),
  };
}

function fieldLabel(ctx: Context, code: string, fieldCode: string): Text {
  const entity = ctx.model.entities.find((each) => each.code === code);
  const field = entity && fieldOf(entity, fieldCode);
  if (!field) return { zh: `${code}.${fieldCode}`, en: `${code}.${fieldCode}` };
  return { zh: `${entity.label.zh}·${field.label.zh}`, en: `${entity.label.en}: ${field.label.en}` };
}

/** Tells whether an instant lies outside the working day, whose lunch break belongs to it. */
function hoursOf(ctx: Context): (at: Date) => boolean {
  const { zone, calendar: code } = ctx.institution;
  const calendar = workCalendar(ctx.model, code);
  const [opens, closes] = [calendar.shifts[0]![0], calendar.shifts.at(-1)![1]];
  return (at) => {
    const date = dateIn(zone, at);
    return !isWorkday(calendar, date) || at < instantAt(zone, date, opens) || at >= instantAt(zone, date, closes);
  };
}

/** The same as a file. */
export async function summaryCsv(ctx: Context, week: string): Promise<string> {
  const summary = await summarise(ctx, week);
  const { language } = ctx;
  const say = (label: string | Text) => (typeof label === 'string' ? label : label[language]);
  const head: Record<'zh' | 'en', string[]> = {
    zh: ['分组', '名称', '申请次数', '显示次数', '紧急', '未批准', '未复核', '非工作时间', '认定不当'],
    en: ['Group', 'Name', 'Requests', 'Values shown', 'Emergencies', 'Refused', 'Unreviewed', 'Out of hours', 'Misuse'],
  };
  const groups: [Text, SummaryLine[]][] = [
    [{ zh: '人员', en: 'Person' }, summary.users],
    [{ zh: '字段', en: 'Field' }, summary.fields],
    [{ zh: '用途', en: 'Purpose' }, summary.purposes],
    [{ zh: '机构', en: 'Branch' }, summary.branches],
    [{ zh: '合计', en: 'Total' }, [summary.total]],
  ];
  const lines = groups.flatMap(([group, items]) =>
    items.map((line) =>
      csvLine([
        group[language],
        say(line.label),
        ...[
          line.requests,
          line.values,
          line.emergencies,
          line.refused,
          line.unreviewed,
          line.outOfHours,
          line.misuse,
        ].map(String),
      ]),
    ),
  );
  return `\uFEFF${csvLine(head[language])}${lines.join('')}`;
}
