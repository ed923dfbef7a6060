import { readInstitution } from '#access';
import {
  addDays,
  type BusinessDate,
  currencySign,
  Failure,
  failures,
  formatCount,
  formatDuration,
  formatShortAmount,
  isDate,
  type Language,
  systemActor,
} from '#kernel';
import { modelInForce } from '#metadata';
import { type DayResult, runBusinessDays } from '#rules';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { packModel } from '../model.ts';

const kinds = failures('day', {
  no_date: {
    status: 400,
    zh: '请给出业务日期，例如 tongguan day 2026-01-30，或用 --from 与 --to 给出区间',
    en: 'give a business date, for example tongguan day 2026-01-30, or a range with --from and --to',
  },
  date_and_range: {
    status: 400,
    zh: '业务日期与 --from / --to 只能给其一',
    en: 'give either a business date or --from and --to',
  },
  not_a_date: {
    status: 400,
    zh: '“{value}”不是日期，请写 YYYY-MM-DD',
    en: '"{value}" is no date; write YYYY-MM-DD',
  },
});

export const command: Command = {
  name: 'day',
  summary: {
    zh: '运行业务日期：资产快照、指标、分层、标签、规则与待办',
    en: 'run business dates: AUM snapshot, metrics, tiers, tags, rules and tasks',
  },
  arguments: [{ name: 'DATE', summary: { zh: '业务日期', en: 'business date' }, required: false }],
  options: [
    {
      name: 'from',
      type: 'date',
      summary: {
        zh: '区间的第一天（只给 --to 时为上次完成日的次日）',
        en: 'first day of a range (with --to alone: the day after the last one done)',
      },
    },
    { name: 'to', type: 'date', summary: { zh: '区间的最后一天', en: 'last day of a range' } },
    {
      name: 'full',
      type: 'flag',
      summary: {
        zh: '从全部数据重算，不沿用上一日；结果相同，供核对',
        en: 'read everything instead of carrying the last day forward; gives the same, for checking',
      },
    },
  ],
  examples: [
    'npx tongguan day 2026-01-30',
    'npx tongguan day --from 1993-01-01 --to 1994-03-31',
    'npx tongguan day --to 2026-01-30',
  ],
  endsItself: true,
  run,
};

async function run(ctx: CommandContext): Promise<CommandResult> {
  const { options, clock, language, signal } = ctx;
  const single = ctx.arguments.DATE;
  const [givenFrom, givenTo] = [options.date('from'), options.date('to')];
  if (single !== undefined && (givenFrom ?? givenTo) !== undefined) throw new Failure(kinds.date_and_range);
  if (single !== undefined && !isDate(single)) throw new Failure(kinds.not_a_date, { value: single });
  if (single === undefined && givenTo === undefined) throw new Failure(kinds.no_date);
  const database = await ctx.openDatabase();
  const institution = await readInstitution(database);
  const to = single ?? givenTo!;
  const from = single ?? givenFrom ?? nextDay(institution.businessDate, to);
  const started = performance.now();
  const stage = ctx.progress.stage({ zh: '业务日处理', en: 'business days' });
  const results = await runBusinessDays(
    { database, clock, model: modelInForce(packModel()), actor: systemActor, institution },
    from,
    to,
    { full: options.flag('full'), signal, done: (_, { done, total }) => stage.update(done, total) },
  );
  stage.end();
  const took = formatDuration(performance.now() - started, language);
  return { data: { days: results }, lines: linesOf(results, institution.currency, took, language) };
}

/** Catching up begins after the last day that is done; a bank without one begins with the day asked for. */
function nextDay(last: BusinessDate | null, to: BusinessDate): BusinessDate {
  return last !== null && last < to ? addDays(last, 1) : to;
}

/** Days told one by one; longer ranges are summed up. */
const DAYS_TOLD_MAX = 31;

function linesOf(results: DayResult[], currency: string, took: string, language: Language): string[] {
  const zh = language === 'zh';
  const done = results.filter(({ status }) => status === 'done');
  const sum = (value: (result: DayResult) => number) =>
    formatCount(done.reduce((total, each) => total + value(each), 0));
  const told = results.length > DAYS_TOLD_MAX ? [] : results;
  const lines = told.map(({ date, status, counts, lateFacts }) => {
    const aum = `${currencySign(currency)}${formatShortAmount(counts.aumTotal, language)}`;
    const text = zh
      ? `${date}  资产 ${aum}  分层变动 ${counts.tierChanges}  标签变动 ${counts.tagChanges}  待办 ${counts.tasks}`
      : `${date}  assets ${aum}  tier changes ${counts.tierChanges}  tag changes ${counts.tagChanges}  tasks ${counts.tasks}`;
    const notes = [
      status === 'skipped' ? (zh ? '已处理过' : 'done before') : '',
      lateFacts ? (zh ? '有迟到流水，已全部重读' : 'late facts, all read anew') : '',
      counts.withoutRate > 0
        ? zh
          ? `${counts.withoutRate} 个账户或持仓无汇率，未计入`
          : `${counts.withoutRate} accounts or holdings without a rate left out`
        : '',
    ].filter(Boolean);
    return [text, ...notes].join('  · ');
  });
  const skipped = results.length - done.length;
  lines.push(
    zh
      ? `完成 ${done.length} 天${skipped ? `，跳过已处理 ${skipped} 天` : ''}：分层变动 ${sum(({ counts }) => counts.tierChanges)}，标签变动 ${sum(({ counts }) => counts.tagChanges)}，待办 ${sum(({ counts }) => counts.tasks)}（用时 ${took}）`
      : `${done.length} days done${skipped ? `, ${skipped} done before and skipped` : ''}: ${sum(({ counts }) => counts.tierChanges)} tier changes, ${sum(({ counts }) => counts.tagChanges)} tag changes, ${sum(({ counts }) => counts.tasks)} tasks (${took})`,
  );
  return lines;
}
