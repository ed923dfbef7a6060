import type { Text } from '#kernel';
import type { Body } from '../../../api/definitions.ts';
import {
  type Action,
  type ActionKind,
  type Acts,
  actionKinds,
  type RuleBody,
  type RuleSetting,
  type Trigger,
  type TriggerKind,
} from '../../../api/rules.ts';

/** What people say to a customer when nobody wrote anything better. */
const greeting: Text = {
  zh: '[客户姓名]您好，我是您的客户经理[经理姓名]。想了解您近期的资金安排，看看有什么可以协助您。',
  en: 'Good morning [客户姓名], this is [经理姓名], your relationship manager. I would like to hear about your plans and whether there is anything we can help with.',
};

const nothing = (): Text => ({ zh: '', en: '' });

/** A new rule: looks at the end of every business date and gives the manager a task. */
export const blankRule = (): Omit<RuleBody, 'code' | 'label'> => ({
  subject: 'customer',
  when: 'day',
  if: '',
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: [newAction('task', nothing())],
});

/** An action as it is begun; texts take the name of the rule. */
export function newAction(kind: ActionKind, label: Text): Action {
  const begun: Acts = {
    task: { title: label, reason: nothing(), script: greeting, priority: 'normal', due: { workdays: 1, at: '17:30' } },
    notify: { to: ['manager'], title: label, text: nothing() },
    tag: { code: '' },
    message: { channel: 'sms', to: 'customer', text: nothing() },
    opportunity: { title: label, reason: nothing() },
    case: { kind: '', title: label, text: nothing(), due: { workdays: 3, at: '17:30' } },
    process: { code: '', title: label },
    webhook: { target: '' },
    service_level: { level: '' },
    assign: { among: { role: '' } },
  };
  return { [kind]: begun[kind] };
}

export const kindOfAction = (action: Action): ActionKind =>
  actionKinds.find((kind) => Object.hasOwn(action, kind)) ?? 'task';

export function newTrigger(kind: TriggerKind, first: { fact: string; record: string; date: string }): Trigger {
  switch (kind) {
    case 'day':
    case 'hand':
      return kind;
    case 'fact':
      return { fact: first.fact };
    case 'record':
      return { record: first.record };
    case 'turns':
      return { turns: '' };
    case 'change':
      return { change: '' };
    case 'date':
      return { date: { of: first.date, days: [0] } };
    case 'schedule':
      return { schedule: { every: 'month', on: 1, shift: 'next_workday' } };
  }
}

/** Whether "otherwise" means anything: where nothing starts the rule but the condition itself there is no other case. */
export const mayElse = (when: Trigger): boolean =>
  when !== 'day' && !(typeof when === 'object' && Object.hasOwn(when, 'turns'));

/** What the vocabulary of a rule depends on. */
export function settingOf(body: Body): RuleSetting {
  const { subject, when } = body as unknown as Partial<RuleBody>;
  const of = typeof subject === 'string' ? subject : 'customer';
  if (typeof when !== 'object' || when === null) return { subject: of };
  const [[key, value] = []] = Object.entries(when);
  if ((key === 'fact' || key === 'record') && typeof value === 'string') return { subject: of, event: value };
  return key === 'change' && typeof value === 'string' && value !== ''
    ? { subject: of, change: value }
    : { subject: of };
}

/** Every expression and text of a rule in one string, to look for names in. */
export const wordsIn = (body: Body): string => JSON.stringify({ ...body, code: undefined, label: undefined });

/** Empty parts left out, and each text in both languages. */
export function tidyRule(body: Body): Body {
  const tidied = tidyValue(titled(body)) as Record<string, unknown>;
  const { when, if: condition } = body as unknown as Partial<RuleBody>;
  // Whatever starts the rule may be all of it; every customer every day never is.
  if (condition === '' && when !== 'day') tidied.if = 'true';
  else tidied.if ??= '';
  return tidied as unknown as Body;
}

/** What nobody gave a title or a reason bears the name of the rule. */
function titled(body: Body): Body {
  const { label, ...rest } = body as unknown as Record<string, unknown>;
  const filled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(filled);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        (key === 'title' || key === 'reason') && isBlank(each) ? label : filled(each),
      ]),
    );
  };
  const branches = (['then', 'else'] as const).flatMap((branch) =>
    rest[branch] === undefined ? [] : [[branch, filled(rest[branch])] as const],
  );
  return { label, ...rest, ...Object.fromEntries(branches) } as unknown as Body;
}

const isBlank = (text: unknown): boolean => isObject(text) && text.zh === '' && text.en === '';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function tidyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidyValue);
  if (!isObject(value)) return value;
  const { zh, en } = value;
  if (typeof zh === 'string' && typeof en === 'string')
    return { zh: zh.trim() || en.trim(), en: en.trim() || zh.trim() };
  const kept = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
    const tidied = tidyValue(each);
    const isEmpty =
      tidied === undefined || tidied === '' || (isObject(tidied) && Object.values(tidied).every((part) => part === ''));
    return isEmpty && droppable.has(key) ? [] : [[key, tidied]];
  });
  return Object.fromEntries(kept);
}

/** Parts that mean nothing when they are empty; others must be filled, and the server says so. */
const droppable = new Set([
  'description',
  'occasion',
  'group',
  'from',
  'until',
  'effective',
  'values',
  'amount',
  'above',
  'subject',
]);

/** Whether a control of the editor says itself what is wrong at a place. */
export const isShownInRule = (path: string): boolean =>
  /^(if|occasion|subject|group|cooldown_days|hold_out_percent|alerts_per_day|order)$|^(when|effective|values|then|else)(\/|$)/.test(
    path,
  );

/** Whether somebody may start the rule: others wait for what starts them. */
export const mayRunByHand = (body: Body): boolean => {
  const { when } = body as unknown as Partial<RuleBody>;
  return when === 'day' || when === 'hand';
};
