import { z } from 'zod';
import { code, expression, text } from '#facts';

// What a rule is, as a pack or a business person writes it: when · if · then. The one definition from which evaluation, editor, rehearsal
// and explanation derive.

export const PRIORITIES = ['highest', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM');
const date = z.iso.date();

export const limits = {
  actionsMax: 10,
  offsetsMax: 12,
  offsetDaysMax: 400,
  cooldownDaysMax: 400,
  /** Alerts of one rule on one business date, unless the rule says otherwise; what is above waits for a person (storm protection). */
  alertsPerDay: 20_000,
  holdOutPercentMax: 50,
};

/** Days before (negative), at (0) or after a date. */
const offsets = z.array(z.int().min(-limits.offsetDaysMax).max(limits.offsetDaysMax)).min(1).max(limits.offsetsMax);

/** By what the days of an offset are counted. */
const count = z.enum(['days', 'workdays', 'trading_days']).default('days');

/** When a rule looks. */
export const trigger = z.union([
  /** At the end of every business date. */
  z.literal('day'),
  /** Only when somebody starts it for a segment or a list of customers. */
  z.literal('hand'),
  /** A fact of this kind arrives: at once when it comes live, with its business date when it comes in a file. Its fields are `event_*`. */
  z.strictObject({ fact: code }),
  /** The condition turns true: it was not when last looked at, or the customer was not there. Once for each turn. */
  z.strictObject({ turns: expression }),
  /** The value changes: `value_before`, `value_now`. Who is seen for the first time changes nothing. */
  z.strictObject({ change: expression }),
  /** Relative to a date of the customer or of the watched record. */
  z.strictObject({
    date: z.strictObject({
      /** The name of a date: `birth_date`, `holding_maturity_date`; or `festival:` and the code of one of the packs' festivals. */
      of: z.string().min(1).max(80),
      days: offsets,
      count,
      /** `yearly`: every year anew, 29 February on the 28th of common years. `lunar`: every year on the day of the lunar calendar. */
      repeat: z.enum(['once', 'yearly', 'lunar']).default('once'),
      /** An occasion that could not be seen on its day (the record came late) is made up for so many days, and marked late. */
      grace_days: z.int().min(0).max(60).default(7),
    }),
  }),
  /** On dates of the calendar; on a day that is no workday at once, or on the next workday. */
  z.strictObject({
    schedule: z.strictObject({
      every: z.enum(['workday', 'week', 'month', 'quarter', 'year']),
      /** Day of the week (1 Monday … 7), of the month, of the quarter or of the year; negative counts from the end. */
      on: z.int().min(-366).max(366).default(1),
      shift: z.enum(['none', 'next_workday']).default('none'),
    }),
  }),
  /** A record of the institution appears (an announcement): concerns the watched records that refer to the same thing. Its fields are `event_*`. */
  z.strictObject({ record: code }),
]);
export type Trigger = z.output<typeof trigger>;

/** Conditions in order with what follows; the last has none. */
const graded = <T extends z.ZodType>(level: T) =>
  z.union([
    level,
    z
      .array(z.strictObject({ if: expression.optional(), level }))
      .min(1)
      .max(10),
  ]);

const due = z.union([
  /** At a time of the day that lies so many workdays after the business date. */
  z.strictObject({ workdays: z.int().min(1).max(250), at: time }),
  /** So many working hours after work begins on the next workday; of a live event after the event. */
  z.strictObject({ working_hours: z.number().min(0).max(400) }),
]);
export type DueDefinition = z.output<typeof due>;

/** Who is told or has to do something: the customer's manager, his supervisor, the service team, or holders of a role in the customer's branch. */
const person = z.union([z.enum(['manager', 'supervisor', 'service_team']), z.strictObject({ role: code })]);
export type Person = z.output<typeof person>;

const task = z.strictObject({
  title: text,
  /** Why; `{name}` stands for a value worded for people. */
  reason: text,
  /** What to say; besides `{name}` also [客户姓名], [经理姓名], [产品名称]. */
  script: text,
  priority: graded(z.enum(PRIORITIES)),
  due,
  assignee: person.default('manager'),
  /** Minutes of work, for estimates. */
  minutes: z.int().min(1).max(480).default(10),
  /** Keep a profile of the customer with the task, as it was. */
  snapshot: z.boolean().default(false),
});

const notify = z.strictObject({
  to: z.array(person).min(1).max(5),
  title: text,
  text,
  level: z.enum(['info', 'warning', 'urgent']).default('info'),
});

const tag = z.strictObject({ code, days: z.int().min(1).max(3_650).optional() });

/** Goes to the one outbox; a channel that is not connected keeps it waiting. Outside the quiet hours only, e-mail excepted. */
const message = z.strictObject({
  channel: z.enum(['sms', 'email', 'wechat', 'app']),
  to: z.union([z.literal('customer'), person]),
  text,
  subject: text.optional(),
});

/** A record that the rule makes; texts may hold `{name}`. */
const opportunity = z.strictObject({
  title: text,
  reason: text,
  amount: expression.optional(),
  assignee: person.default('manager'),
  close_days: z.int().min(1).max(730).default(30),
});

const serviceCase = z.strictObject({
  kind: code,
  title: text,
  text,
  priority: graded(z.enum(PRIORITIES)).default('normal'),
  assignee: person.default('service_team'),
  due,
});

const process = z.strictObject({ code, title: text });

/** Sent to an address that the institution allowed (setting `webhooks`), signed, tried again until it is taken. */
const webhook = z.strictObject({ target: code });

const serviceLevel = z.strictObject({ level: code });

/** Gives a customer who has no manager to the one of the branch with the fewest customers; or all customers to holders of a role in turn. */
const assign = z.strictObject({ among: z.strictObject({ role: code }), only_unassigned: z.boolean().default(true) });

const when = { if: expression.optional() };

/** What is done; with `if` only where that holds, too. Exactly one act each. */
export const action = z.union([
  z.strictObject({ ...when, task }),
  z.strictObject({ ...when, notify }),
  z.strictObject({ ...when, tag }),
  z.strictObject({ ...when, message }),
  z.strictObject({ ...when, opportunity }),
  z.strictObject({ ...when, case: serviceCase }),
  z.strictObject({ ...when, process }),
  z.strictObject({ ...when, webhook }),
  z.strictObject({ ...when, service_level: serviceLevel }),
  z.strictObject({ ...when, assign }),
]);
export type Action = z.output<typeof action>;
export const ACTIONS = [
  'task',
  'notify',
  'tag',
  'message',
  'opportunity',
  'case',
  'process',
  'webhook',
  'service_level',
  'assign',
] as const;
export type ActionKind = (typeof ACTIONS)[number];

const actions = z.array(action).max(limits.actionsMax);

/** A figure for texts and evidence that is no metric. */
const value = z.strictObject({
  label: text,
  expression,
  unit: z.enum(['money', 'count', 'days', 'years', 'percent', 'number', 'date', 'text']),
  /** The parameter that it is measured against, for the evidence. */
  above: code.optional(),
});

export const ruleSchema = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  /** Cases of the acceptance list or of the institution's own that the rule answers, for people: `A-1`. */
  cases: z.array(z.string().max(20)).max(20).optional(),
  /** What is watched: customers, or a kind of record of theirs, each for itself. */
  subject: code.default('customer'),
  when: trigger,
  if: expression,
  /** What makes an occasion: the rule fires once for each value of it, whatever happens in between. By default what the trigger gives. */
  occasion: expression.optional(),
  /** After firing for a customer the rule is quiet for so many days. */
  cooldown_days: z.int().min(1).max(limits.cooldownDaysMax).optional(),
  /** First and last business date on which it looks. */
  effective: z.strictObject({ from: date.optional(), until: date.optional() }).optional(),
  /** Of one group only the first rule that fires for a customer on a business date acts; in the order of `order`, then of the list. */
  group: code.optional(),
  order: z.int().min(0).max(1_000).default(100),
  /** Alerts on one business date above which the rule stops and asks a person. */
  alerts_per_day: z.int().min(1).max(1_000_000).default(limits.alertsPerDay),
  /** Share of the customers for whom nothing is done, to measure the effect; always the same customers. */
  hold_out_percent: z.int().min(0).max(limits.holdOutPercentMax).default(0),
  values: z.record(code, value).default({}),
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: actions.min(1),
  /** What is done where the trigger met the customer and `if` does not hold; not with `day`, `turns`. */
  else: actions.optional(),
});

export type RuleBody = z.output<typeof ruleSchema>;
