/** Whether the editor can draw a definition: every part of it has a control. What it cannot draw stays text. */
import { actionKinds, priorities, type RuleBody, triggerKinds } from '../../../api/rules.ts';

type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === 'string';
const isNumber: Fits = (value) => typeof value === 'number' && Number.isFinite(value);
const isYesNo: Fits = (value) => typeof value === 'boolean';
const oneOf =
  (...all: readonly unknown[]): Fits =>
  (value) =>
    all.includes(value);
const either =
  (...all: Fits[]): Fits =>
  (value) =>
    all.some((fits) => fits(value));
const listOf =
  (fits: Fits): Fits =>
  (value) =>
    Array.isArray(value) && value.every(fits);
/** An object whose keys are all known; what is missing is no matter here, the server says so. */
const only =
  (parts: Record<string, Fits>): Fits =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([key, part]) => Object.hasOwn(parts, key) && parts[key]!(part));
/** Exactly one of these keys, besides others. */
const oneKeyOf =
  (keys: readonly string[], fits: Fits): Fits =>
  (value) =>
    fits(value) && keys.filter((key) => Object.hasOwn(value as object, key)).length === 1;

const both = only({ zh: isText, en: isText });
const person = either(oneOf('manager', 'supervisor', 'service_team'), only({ role: isText }));
const level = oneOf(...priorities);
const graded = either(level, listOf(only({ if: isText, level })));
const due = either(oneKeyOf(['workdays'], only({ workdays: isNumber, at: isText })), only({ working_hours: isNumber }));

const actions = listOf(
  oneKeyOf(
    actionKinds,
    only({
      if: isText,
      task: only({
        title: both,
        reason: both,
        script: both,
        priority: graded,
        due,
        assignee: person,
        minutes: isNumber,
        snapshot: isYesNo,
      }),
      notify: only({ to: listOf(person), title: both, text: both, level: oneOf('info', 'warning', 'urgent') }),
      tag: only({ code: isText, days: isNumber }),
      message: only({
        channel: oneOf('sms', 'email', 'wechat', 'app'),
        to: either(oneOf('customer'), person),
        text: both,
        subject: both,
      }),
      opportunity: only({ title: both, reason: both, amount: isText, assignee: person, close_days: isNumber }),
      case: only({ kind: isText, title: both, text: both, priority: graded, assignee: person, due }),
      process: only({ code: isText, title: both }),
      webhook: only({ target: isText }),
      service_level: only({ level: isText }),
      assign: only({ among: only({ role: isText }), only_unassigned: isYesNo }),
    }),
  ),
);

const when = either(
  oneOf('day', 'hand'),
  oneKeyOf(
    triggerKinds,
    only({
      fact: isText,
      turns: isText,
      change: isText,
      record: isText,
      date: only({
        of: isText,
        days: listOf(isNumber),
        count: oneOf('days', 'workdays', 'trading_days'),
        repeat: oneOf('once', 'yearly', 'lunar'),
        grace_days: isNumber,
      }),
      schedule: only({
        every: oneOf('workday', 'week', 'month', 'quarter', 'year'),
        on: isNumber,
        shift: oneOf('none', 'next_workday'),
      }),
    }),
  ),
);

const values: Fits = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(only({ label: both, expression: isText, unit: isText, above: isText }));

const parts: Record<string, Fits> = {
  code: isText,
  label: both,
  description: both,
  cases: listOf(isText),
  subject: isText,
  when,
  if: isText,
  occasion: isText,
  cooldown_days: isNumber,
  effective: only({ from: isText, until: isText }),
  group: isText,
  order: isNumber,
  alerts_per_day: isNumber,
  hold_out_percent: isNumber,
  values,
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: actions,
  else: actions,
};

const needed = ['label', 'when', 'if', 'then'];

export function isDrawable(body: unknown): body is RuleBody {
  return only(parts)(body) && needed.every((key) => Object.hasOwn(body as object, key));
}
