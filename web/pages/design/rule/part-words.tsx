import { type ActionKind, actionKinds, type Due, type Person } from '../../../api/rules.ts';
import { ConditionText } from '../../../conditions/condition-text.tsx';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { useTexts } from '../../../texts/texts.ts';
import { shownText } from './shown-text.ts';

/** The words of the parts of a rule. */
function usePartLabels(): Record<string, string> {
  const { t } = useTexts();
  return {
    label: t('design.name'),
    description: t('rules.parts.description'),
    zh: t('rules.languages.zh'),
    en: t('rules.languages.en'),
    when: t('rules.whenWord'),
    if: t('rules.ifWord'),
    // biome-ignore lint/suspicious/noThenProperty: labels by the words of a rule; nothing awaits them
    then: t('rules.thenWord'),
    else: t('rules.elseWord'),
    subject: t('rules.trigger.subject'),
    fact: t('rules.trigger.fact'),
    record: t('rules.trigger.record'),
    turns: t('rules.trigger.turns'),
    change: t('rules.trigger.change'),
    date: t('rules.trigger.short.date'),
    schedule: t('rules.trigger.short.schedule'),
    of: t('rules.date.of'),
    count: t('rules.date.count'),
    repeat: t('rules.date.repeat'),
    grace_days: t('rules.date.grace'),
    every: t('rules.schedule.every'),
    on: t('rules.schedule.day'),
    shift: t('rules.schedule.shift'),
    occasion: t('rules.advanced.occasion'),
    cooldown_days: t('rules.advanced.cooldown_days'),
    hold_out_percent: t('rules.advanced.hold_out_percent'),
    alerts_per_day: t('rules.advanced.alerts_per_day'),
    effective: t('rules.advanced.effective'),
    from: t('rules.advanced.from'),
    until: t('rules.advanced.until'),
    group: t('rules.advanced.group'),
    order: t('rules.advanced.order'),
    values: t('rules.figures.title'),
    expression: t('rules.figures.expression'),
    unit: t('design.unit'),
    above: t('rules.figures.above'),
    title: t('rules.task.title'),
    reason: t('rules.task.reason'),
    script: t('rules.task.script'),
    priority: t('rules.task.priority'),
    level: t('rules.task.level'),
    due: t('rules.due.label'),
    assignee: t('rules.task.assignee'),
    minutes: t('rules.task.minutes'),
    snapshot: t('rules.task.snapshot'),
    to: t('rules.notify.to'),
    text: t('rules.notify.text'),
    channel: t('rules.message.channel'),
    code: t('rules.tag.code'),
    days: t('rules.date.days'),
    amount: t('rules.opportunity.amount'),
    close_days: t('rules.opportunity.close'),
    kind: t('rules.case.kind'),
    target: t('rules.webhook.target'),
    among: t('rules.assign.among'),
    only_unassigned: t('rules.assign.onlyUnassigned'),
    cases: t('rules.parts.cases'),
  };
}

const isAction = (key: string): key is ActionKind => (actionKinds as readonly string[]).includes(key);

/** `then/0/task/title/zh` as people say it: 那么 1 · 建待办 · 标题 · 中文. */
export function RulePartName({ path }: { path: string }) {
  const { t } = useTexts();
  const labels = usePartLabels();
  const keys = path.split('/');
  const words = keys.flatMap((key, index) => {
    if (/^\d+$/.test(key)) return [];
    const place = keys[index + 1];
    const said = isAction(key) && index === 2 ? t(`rules.actions.${key}`) : (labels[key] ?? key);
    return [place !== undefined && /^\d+$/.test(place) ? `${said} ${Number(place) + 1}` : said];
  });
  return words.join(' · ');
}

const expressions = /(^|\/)(if|occasion|turns|change|expression|amount)$/;

export function RulePartValue({
  path,
  value,
  names,
}: {
  path: string;
  value: unknown;
  names: readonly VocabularyName[];
}) {
  const { t, text } = useTexts();
  if (value === null || value === undefined || value === '') return <span className="faint">{t('common.none')}</span>;
  if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no');
  if (typeof value === 'string') {
    if (expressions.test(path)) return <ConditionText text={value} vocabulary={names} />;
    if (/\/(priority|level)$/.test(path) && /^(highest|high|normal|low)$/.test(value)) {
      return t(`rules.priorities.${value as 'high'}`);
    }
    if (path === 'when' && (value === 'day' || value === 'hand')) return t(`rules.trigger.short.${value}`);
    if (path === 'subject' && value === 'customer') return t('rules.everyCustomer');
    if (path.endsWith('/unit')) return t(`rules.figures.units.${value as 'money'}`);
    const language = path.endsWith('/en') ? 'en' : 'zh';
    const name = names.find(({ code }) => code === value);
    return name && /\/(of|above)$/.test(path) ? text(name.label) : shownText(value, names, language);
  }
  if (path.endsWith('/due')) return dueWords(value as Due, t);
  if (Array.isArray(value)) return value.map((each) => personWords(each, t)).join(t('filter.join'));
  return typeof value === 'object' ? personWords(value, t) : String(value);
}

type Words = ReturnType<typeof useTexts>['t'];

const dueWords = (due: Due, t: Words): string =>
  'working_hours' in due
    ? `${due.working_hours} ${t('rules.due.units.hours')}`
    : `${due.workdays} ${t('rules.due.units.days')} ${due.at}`;

function personWords(person: unknown, t: Words): string {
  if (person === 'manager' || person === 'supervisor' || person === 'service_team' || person === 'customer') {
    return t(`rules.people.${person}`);
  }
  const { role } = (typeof person === 'object' && person !== null ? person : {}) as Exclude<Person, string>;
  return role === undefined ? String(person) : t('rules.people.role', { name: role });
}
