import { compile, describe } from '#expressions';
import type { Vocabulary } from '#facts';
import { Failure, fill, type Text } from '#kernel';
import type { Model } from '#metadata';
import { type Choice, caseKinds, festivals, roleChoices, serviceLevels } from './rule-choices.ts';
import { gradesOf } from './rule-parts.ts';
import type { Action, DueDefinition, RuleBody, Trigger } from './rule-schema.ts';
import { wordsOfRule } from './rule-vocabulary.ts';
import { tags } from './tags.ts';

// A rule as one sentence in both languages: when …, if …, then …; the same customer not again within so many days.

/** Words with places: `{a}`, `{b}`. */
const words = {
  day: { zh: '当每个业务日结束时', en: 'At the end of every business date' },
  hand: { zh: '当有人启动时', en: 'When somebody starts it' },
  fact: { zh: '当发生一笔{a}时', en: 'When this happens: {a}' },
  record: { zh: '当发布一条{a}时', en: 'When this is published: {a}' },
  turns: { zh: '当“{a}”变为成立时', en: 'When this turns true: {a}' },
  change: { zh: '当{a}变化时', en: 'When {a} changes' },
  date: { zh: '在{b}{a}{c}', en: '{c} {a}{b}' },
  once: { zh: '', en: '' },
  yearly: { zh: '每年', en: ', every year' },
  lunar: { zh: '每年农历', en: ', every lunar year' },
  before: { zh: '前 {a} {b}', en: '{a} {b} before' },
  after: { zh: '后 {a} {b}', en: '{a} {b} after' },
  same: { zh: '当天', en: 'on' },
  days: { zh: '天', en: 'days' },
  workdays: { zh: '个工作日', en: 'workdays' },
  trading_days: { zh: '个交易日', en: 'trading days' },
  list: { zh: '、', en: ', ' },
  workday: { zh: '每个工作日', en: 'Every workday' },
  week: { zh: '每周{a}', en: 'Every week on {a}' },
  month: { zh: '每月{a}', en: 'Every month on {a}' },
  quarter: { zh: '每季度{a}', en: 'Every quarter on {a}' },
  year: { zh: '每年{a}', en: 'Every year on {a}' },
  nth: { zh: '第 {a} 天', en: 'day {a}' },
  last: { zh: '倒数第 {a} 天', en: 'day {a} from the end' },
  shifted: { zh: '（遇非工作日顺延）', en: ' or the next workday' },
  subject: { zh: '，看客户的每项{a}', en: ', for each {a} of customers' },
  if: { zh: '，如果 {a}', en: ', if {a}' },
  then_: { zh: '，那么{a}', en: ', then {a}' },
  else_: { zh: '；否则{a}', en: '; else {a}' },
  and: { zh: '，并', en: ' and ' },
  only: { zh: '（只在 {a} 时）', en: ' (only if {a})' },
  quiet: { zh: '；同一客户 {a} 天内不重复', en: '; the same customer not again within {a} days' },
  group: { zh: '；同组（{a}）每天只提醒一次', en: '; one alert a day of group {a}' },
  from: { zh: '；自 {a} 起', en: '; from {a} on' },
  until: { zh: '；到 {a} 止', en: '; until {a}' },
  holdOut: { zh: '；其中 {a}% 为对照组', en: '; {a}% are held out' },
  task: { zh: '给{a}建{b}优先级待办“{c}”，{d}完成', en: 'give the {a} a task of {b} priority, "{c}", due {d}' },
  notify: { zh: '通知{a}“{b}”', en: 'notify the {a}: "{b}"' },
  tag: { zh: '打上标签“{a}”', en: 'set the tag "{a}"' },
  tagDays: { zh: '打上标签“{a}”{b} 天', en: 'set the tag "{a}" for {b} days' },
  message: { zh: '给{a}发{b}', en: 'send the {a} a message by {b}' },
  opportunity: { zh: '给{a}建商机“{b}”', en: 'make the {a} an opportunity, "{b}"' },
  case: { zh: '开{a}案件“{b}”，{c}办结', en: 'open a case ({a}), "{b}", due {c}' },
  process: { zh: '启动流程“{a}”', en: 'start the process {a}' },
  webhook: { zh: '通知外部系统“{a}”', en: 'tell the system {a}' },
  service_level: { zh: '把服务级别改为“{a}”', en: 'change the service level to "{a}"' },
  assign: { zh: '分配给{a}', en: 'assign to a {a}' },
  hours: { zh: '{a} 个工作小时内', en: 'within {a} working hours' },
  workdaysAt: { zh: '{a} 个工作日后 {b} 前', en: '{a} workdays later by {b}' },
} satisfies Record<string, Text>;

const people: Record<string, Text> = {
  manager: { zh: '客户经理', en: 'manager' },
  supervisor: { zh: '主管', en: 'supervisor' },
  service_team: { zh: '服务团队', en: 'service team' },
  customer: { zh: '客户', en: 'customer' },
};
const levels: Record<string, Text> = {
  highest: { zh: '最高', en: 'highest' },
  high: { zh: '高', en: 'high' },
  normal: { zh: '中', en: 'normal' },
  low: { zh: '低', en: 'low' },
};
const channels: Record<string, Text> = {
  sms: { zh: '短信', en: 'SMS' },
  email: { zh: '电子邮件', en: 'e-mail' },
  wechat: { zh: '企业微信', en: 'WeCom' },
  app: { zh: '手机银行消息', en: 'mobile bank' },
};
const weekdays: Text[] = [
  { zh: '一', en: 'Monday' },
  { zh: '二', en: 'Tuesday' },
  { zh: '三', en: 'Wednesday' },
  { zh: '四', en: 'Thursday' },
  { zh: '五', en: 'Friday' },
  { zh: '六', en: 'Saturday' },
  { zh: '日', en: 'Sunday' },
];

type Word = keyof typeof words;
const plain = (text: string): Text => ({ zh: text, en: text });

/** Puts texts into a phrase; both languages at once. */
function say(word: Word, ...parts: (Text | string | number)[]): Text {
  const [a, b, c, d] = parts;
  const said = (language: keyof Text) => fill(words[word][language], { a, b, c, d }, language);
  return { zh: said('zh'), en: said('en') };
}

const joined = (parts: readonly Text[], word: Word): Text => ({
  zh: parts.map(({ zh }) => zh).join(words[word].zh),
  en: parts.map(({ en }) => en).join(words[word].en),
});

const together = (...parts: (Text | undefined | false)[]): Text => {
  const told = parts.filter((part) => part !== undefined && part !== false);
  return { zh: told.map(({ zh }) => zh).join(''), en: told.map(({ en }) => en).join('') };
};

/** Undefined while something in it does not compile. */
export function ruleSentence(model: Model, body: RuleBody): Text | undefined {
  try {
    return sentence(model, body, wordsOfRule(model, body));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function sentence(model: Model, body: RuleBody, vocabulary: Vocabulary): Text {
  const told = (text: string) => describe(compile(text, vocabulary.scope).ast);
  const acts = (actions: readonly Action[]) =>
    joined(
      actions.map((action) => actSaid(model, action, told)),
      'and',
    );
  const subject = body.subject === 'customer' ? undefined : labelOf(model.entities, body.subject);
  return together(
    whenSaid(model, body.when, vocabulary, told),
    subject && say('subject', subject),
    body.if !== 'true' && say('if', told(body.if)),
    say('then_', acts(body.then)),
    body.else !== undefined && say('else_', acts(body.else)),
    body.cooldown_days !== undefined && say('quiet', body.cooldown_days),
    body.group !== undefined && say('group', body.group),
    body.effective?.from !== undefined && say('from', body.effective.from),
    body.effective?.until !== undefined && say('until', body.effective.until),
    body.hold_out_percent > 0 && say('holdOut', body.hold_out_percent),
  );
}

const labelOf = (choices: readonly Choice[], code: string): Text =>
  choices.find((each) => each.code === code)?.label ?? plain(code);

function whenSaid(model: Model, when: Trigger, { names }: Vocabulary, told: (text: string) => Text): Text {
  if (typeof when === 'string') return say(when);
  if ('fact' in when) return say('fact', labelOf(model.entities, when.fact));
  if ('record' in when) return say('record', labelOf(model.entities, when.record));
  if ('turns' in when) return say('turns', told(when.turns));
  if ('change' in when) return say('change', told(when.change));
  if ('schedule' in when) {
    const { every, on, shift } = when.schedule;
    const day = every === 'week' ? (weekdays[on - 1] ?? plain(String(on))) : on < 0 ? say('last', -on) : say('nth', on);
    return together(say(every, day), shift === 'next_workday' && say('shifted'));
  }
  const { of, days, count, repeat } = when.date;
  const [, festival] = /^festival:(.+)$/.exec(of) ?? [];
  const date = festival ? labelOf(festivals(model), festival) : (names[of]?.label ?? plain(of));
  const offsets = days.map((each) =>
    each === 0 ? say('same') : say(each < 0 ? 'before' : 'after', Math.abs(each), say(count)),
  );
  return say('date', date, say(repeat), joined(offsets, 'list'));
}

function actSaid(model: Model, action: Action, told: (text: string) => Text): Text {
  return together(doneSaid(model, action), action.if !== undefined && say('only', told(action.if)));
}

function doneSaid(model: Model, action: Action): Text {
  const person = (to: string | { role: string }): Text =>
    typeof to === 'string' ? people[to]! : labelOf(roleChoices(model), to.role);
  if ('task' in action) {
    const { assignee, priority, title, due } = action.task;
    const named = gradesOf(priority).map(({ level }) => levels[level]!);
    return say('task', person(assignee), joined(named, 'list'), title, dueSaid(due));
  }
  if ('notify' in action) return say('notify', joined(action.notify.to.map(person), 'list'), action.notify.title);
  if ('tag' in action) {
    const { code, days } = action.tag;
    const label = labelOf(
      tags(model).map(({ definition }) => definition),
      code,
    );
    return days === undefined ? say('tag', label) : say('tagDays', label, days);
  }
  if ('message' in action) return say('message', person(action.message.to), channels[action.message.channel]!);
  if ('opportunity' in action) return say('opportunity', person(action.opportunity.assignee), action.opportunity.title);
  if ('case' in action) {
    return say('case', labelOf(caseKinds(model), action.case.kind), action.case.title, dueSaid(action.case.due));
  }
  if ('process' in action) return say('process', action.process.title);
  if ('webhook' in action) return say('webhook', action.webhook.target);
  if ('service_level' in action) {
    return say('service_level', labelOf(serviceLevels(model), action.service_level.level));
  }
  return say('assign', labelOf(roleChoices(model), action.assign.among.role));
}

const dueSaid = (due: DueDefinition): Text =>
  'working_hours' in due ? say('hours', due.working_hours) : say('workdaysAt', due.workdays, due.at);
