import { readInstitution } from '#access';
import type { Queryable } from '#database';
import type { JobContext, JobHandler, Schedule } from '#jobs';
import { addDays, type BusinessDate, daysBetween, type Text } from '#kernel';
import type { Model } from '#metadata';
import { notifyHolders } from '#notifications';
import { expectedDate, readAutomaticDays } from './automatic-days.ts';
import { rules } from './rule-definition.ts';

// Whether the rules ran: by rule and business date, and the heartbeat that tells people when they did not.

/** How a rule fared on a date; `missing`: the date was not run, or not with this rule. */
export type CellStatus = 'done' | 'failed' | 'over_limit' | 'missing';

export interface HealthCell {
  date: BusinessDate;
  status: CellStatus;
  alerts: number;
  waiting: number;
  late: number;
  ms: number;
  error: Text | null;
}

export interface RuleHealth {
  /** The newest date that should have been run; null where nothing runs by itself and nothing was run. */
  expected: BusinessDate | null;
  newest: BusinessDate | null;
  isLate: boolean;
  dates: BusinessDate[];
  rules: { code: string; label: Text; cells: HealthCell[] }[];
}

interface RunRow extends Omit<HealthCell, 'status'> {
  rule: string;
  status: 'done' | 'failed' | 'over_limit';
}

export async function readRuleHealth(
  db: Queryable,
  model: Model,
  zone: string,
  now: Date,
  days: number,
): Promise<RuleHealth> {
  const expected = expectedDate(await readAutomaticDays(db), zone, now);
  const { rows: done } = await db.query<{ newest: BusinessDate | null }>(
    "select max(date) as newest from business_day where status = 'done'",
  );
  const { newest } = done[0]!;
  const last =
    [expected, newest]
      .filter((each) => each !== null)
      .sort()
      .at(-1) ?? null;
  if (last === null) return { expected, newest, isLate: false, dates: [], rules: [] };
  const dates = Array.from({ length: days }, (_, index) => addDays(last, -index));
  const { rows } = await db.query<RunRow>(
    `select rule, business_date::text as date, status, alerts, waiting, late, ms, error from rule_run where business_date >= $1`,
    [dates.at(-1)!],
  );
  const known = new Map(rows.map(({ rule, ...cell }) => [`${rule} ${cell.date}`, cell]));
  const missing = (date: BusinessDate): HealthCell => {
    return { date, status: 'missing', alerts: 0, waiting: 0, late: 0, ms: 0, error: null };
  };
  return {
    expected,
    newest,
    isLate: expected !== null && (newest === null || newest < expected),
    dates,
    rules: rules(model)
      .filter(({ trigger }) => trigger.kind !== 'hand')
      .map(({ definition: { code, label } }) => {
        return { code, label, cells: dates.map((date) => known.get(`${code} ${date}`) ?? missing(date)) };
      }),
  };
}

const HEARTBEAT_JOB = 'rules.heartbeat';
/** Who keeps the program running, and who wrote the rules. */
const TOLD = ['system_admin', 'designer'];
/** By then the last business date must have been run. */
const HEARTBEAT_AT = '07:00';

/** Tells people when the newest expected date was not run, or rules of it failed; once for a date. */
export async function heartbeat({ database, clock }: Pick<JobContext, 'database' | 'clock'>, model: Model) {
  const { zone } = await readInstitution(database);
  const now = clock();
  const health = await readRuleHealth(database, model, zone, now, 1);
  const { expected, newest, isLate } = health;
  return await database.transaction(async (tx) => {
    if (isLate) {
      const told = await notifyHolders(tx, now, TOLD, `rules.missed/${expected}`, {
        level: 'urgent',
        title: { zh: `规则没有运行：${expected}`, en: `Rules did not run: ${expected}` },
        text: {
          zh: `应在 ${HEARTBEAT_AT} 前完成的业务日 ${expected} 没有运行，最近完成的是 ${newest ?? '无'}。恢复后会自动逐日补跑。`,
          en: `The business date ${expected}, due by ${HEARTBEAT_AT}, was not run; the last one done is ${newest ?? 'none'}. Missed dates are made up for by themselves.`,
        },
        path: '/rule-health',
        rule: null,
      });
      return { missed: expected, told };
    }
    const failed = health.rules.filter(({ cells }) => cells[0]?.status === 'failed');
    if (failed.length === 0 || newest === null) return { missed: null, told: 0 };
    const names = (language: 'zh' | 'en') =>
      failed.map(({ label }) => label[language]).join(language === 'zh' ? '、' : ', ');
    const told = await notifyHolders(tx, now, TOLD, `rules.failed/${newest}`, {
      level: 'urgent',
      title: { zh: `规则运行出错：${newest}`, en: `Rules failed: ${newest}` },
      text: { zh: names('zh'), en: names('en') },
      path: '/rule-health',
      rule: null,
    });
    return { missed: null, failed: failed.length, told };
  });
}

export const heartbeatHandler = (model: Model): JobHandler<{ date: string }> => ({
  kind: HEARTBEAT_JOB,
  label: { zh: '规则心跳', en: 'Heartbeat of the rules' },
  run: (ctx) => heartbeat(ctx, model),
});

export const heartbeatSchedule = (zone: string): Schedule => ({
  name: HEARTBEAT_JOB,
  kind: HEARTBEAT_JOB,
  at: HEARTBEAT_AT,
  zone,
  payload: (date) => ({ date }),
});

/** For monitoring: how many days the rules are behind, and how many of the newest date failed or wait. */
export async function ruleGauges(db: Queryable, model: Model, zone: string, now: Date) {
  const { expected, newest, rules: all } = await readRuleHealth(db, model, zone, now, 1);
  const behind = expected === null ? 0 : newest === null ? 1 : Math.max(0, daysBetween(newest, expected));
  const count = (status: CellStatus) => all.filter(({ cells }) => cells[0]?.status === status).length;
  return { behind, failed: count('failed'), waiting: count('over_limit') };
}
