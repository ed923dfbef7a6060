import { type DemoFacts, type DemoProgress, type DemoReport, demoLimits, demoPassword, loadDemo } from '#demo';
import { addDays, dateIn, formatCount, formatDuration, type Language, type Text } from '#kernel';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { packModel } from '../model.ts';
import type { ProgressStage } from '../progress.ts';

const defaults = { customers: 3_000, seed: 1, facts: 'full' };
/** Days that are run as business days: some where that takes seconds, within the minute of a first start; the last one alone where a day takes minutes. */
const days = { few: 1, usual: 10, usualUpToCustomers: 50_000 };
/** The demo bank's own zone: its last business date is yesterday there. */
const ZONE = 'Asia/Shanghai';

export const command: Command = {
  name: 'demo',
  summary: {
    zh: '生成示例银行（纯属虚构）并载入空库：客户、账户、持仓、两年流水与最近的业务日',
    en: 'make a fictitious bank and load it into an empty database: customers, accounts, holdings, two years of movements, the last business days',
  },
  options: [
    {
      name: 'customers',
      type: 'integer',
      min: demoLimits.customersMin,
      max: demoLimits.customersMax,
      summary: {
        zh: '客户数，默认 3000（全部流水约半分钟）；100 万客户见 --facts',
        en: 'number of customers, default 3000 (about half a minute with all facts); for a million see --facts',
      },
    },
    {
      name: 'seed',
      type: 'integer',
      min: 0,
      max: demoLimits.seedMax,
      summary: { zh: '随机种子，默认 1；同一种子得到同一家银行', en: 'default 1; the same seed makes the same bank' },
    },
    {
      name: 'until',
      type: 'date',
      summary: { zh: '最后一个业务日期，默认昨天', en: 'last business date, default yesterday' },
    },
    {
      name: 'facts',
      type: 'text',
      summary: {
        zh: '流水：full 两年（默认）、light 100 天、none 仅余额。每 100 万客户的行数与时间（单核）：full 1.6 亿行约 1.5 小时，light 3400 万行约 25 分钟，none 1300 万行约 12 分钟',
        en: 'movements: full two years (default), light 100 days, none balances only. A million customers take, on one core: full 160 M rows, 1.5 hours; light 34 M rows, 25 minutes; none 13 M rows, 12 minutes',
      },
    },
    {
      name: 'replace',
      type: 'flag',
      summary: {
        zh: '先清除已有的示例银行（只对示例数据有效）',
        en: 'throw the demo bank that is there away first (never anything else)',
      },
    },
  ],
  examples: [
    'npx tongguan demo',
    'npx tongguan demo --customers 1000000 --facts none',
    'npx tongguan demo --replace --seed 7 --until 2026-06-30',
  ],
  run,
};

async function run(ctx: CommandContext): Promise<CommandResult> {
  const { options, clock, language } = ctx;
  const customers = options.number('customers') ?? defaults.customers;
  const stages = stagesOf(ctx);
  const database = await ctx.openDatabase();
  const report = await loadDemo(
    { database, model: packModel(), clock },
    {
      customers,
      seed: options.number('seed') ?? defaults.seed,
      until: options.date('until') ?? addDays(dateIn(ZONE, clock()), -1),
      // An unknown word is refused by the room, which knows them all.
      facts: (options.text('facts') ?? defaults.facts) as DemoFacts,
      days: customers <= days.usualUpToCustomers ? days.usual : days.few,
      replace: options.flag('replace'),
    },
    stages.progress,
  );
  stages.end();
  return { data: report, lines: linesOf(report, language) };
}

const labels: Record<Parameters<DemoProgress>[0], Text> = {
  rows: { zh: '生成并写入客户', en: 'making and writing customers' },
  history: { zh: '推算历史资产', en: 'reckoning past assets' },
  days: { zh: '运行业务日', en: 'running business days' },
};

function stagesOf({ progress, comeTo }: CommandContext): { progress: DemoProgress; end(): void } {
  let current: { step: string; stage: ProgressStage } | undefined;
  return {
    progress(step, done, total) {
      if (current?.step !== step) {
        current?.stage.end();
        comeTo(step);
        current = { step, stage: progress.stage(labels[step], total) };
      }
      current.stage.update(done, total);
    },
    end: () => current?.stage.end(),
  };
}

function linesOf(report: DemoReport, language: Language): string[] {
  const total = Object.values(report.rows).reduce((sum, count) => sum + count, 0);
  const time = formatDuration(report.milliseconds, language);
  const count = (entity: keyof DemoReport['rows']) => formatCount(report.rows[entity] ?? 0);
  const text = {
    zh: [
      `${report.bank.zh}（纯属虚构）已就绪：${count('customer')} 位客户，${count('account')} 个账户，${count('transaction')} 笔流水，共 ${formatCount(total)} 行，用时 ${time}`,
      `业务日期 ${report.until}；规则生成 ${formatCount(report.tasks.made)} 项待办，其中 ${formatCount(report.tasks.done)} 项已办`,
      `登录：admin（系统管理员）、head01（支行长）、rm001（客户经理）等 ${formatCount(report.users)} 人，密码均为 ${demoPassword}`,
    ],
    en: [
      `${report.bank.en} (a fiction) is ready: ${count('customer')} customers, ${count('account')} accounts, ${count('transaction')} movements, ${formatCount(total)} rows in ${time}`,
      `Business date ${report.until}; rules made ${formatCount(report.tasks.made)} tasks, ${formatCount(report.tasks.done)} of them are done`,
      `Sign in as admin (system administrator), head01 (branch head), rm001 (relationship manager) or one of ${formatCount(report.users)} users; the password is ${demoPassword}`,
    ],
  };
  return text[language];
}
