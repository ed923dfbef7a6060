import { z } from 'zod';
import { ident } from '#database';
import type { Expression } from '#expressions';
import {
  code,
  compilePackText,
  customerVocabulary,
  type Definition,
  expression,
  fieldNames,
  invalidDefinition,
  type Names,
  oncePerModel,
  readDefinitions,
  text,
  type Vocabulary,
  vocabulary,
} from '#facts';
import type { Text } from '#kernel';
import { columnOf, type EntityDefinition, type Model } from '#metadata';
import { versionOf } from './conditions.ts';
import { marksOf } from './wording.ts';

const PRIORITIES = ['highest', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM');

const due = z.union([
  /** At a time of the day that lies so many workdays after the business date. */
  z.strictObject({ workdays: z.int().min(1).max(250), at: time }),
  /** So many working hours after work begins on the next workday. */
  z.strictObject({ working_hours: z.number().min(0).max(400) }),
]);

const task = z.strictObject({
  title: text,
  /** Why; `{name}` stands for a value worded for people. */
  reason: text,
  /** What to say; besides `{name}` also [客户姓名], [经理姓名], [产品名称]. */
  script: text,
  /** One priority, or conditions in order; the last has none. */
  priority: z.union([
    z.enum(PRIORITIES),
    z
      .array(z.strictObject({ if: expression.optional(), level: z.enum(PRIORITIES) }))
      .min(1)
      .max(10),
  ]),
  due,
});

export const ruleSchema = z.strictObject({
  code,
  label: text,
  description: text.optional(),
  /** What is watched: customers, or a kind of record of theirs, each for itself. */
  subject: code,
  /** When the rule looks: at the end of every business date. */
  when: z.literal('day'),
  if: expression,
  /** What makes an occasion: the rule fires once for each value of it, whatever happens in between. */
  occasion: expression,
  /** After firing for a customer the rule is quiet for so many days. */
  cooldown_days: z.int().min(1).max(400).optional(),
  /** Figures for texts and evidence that are no metric. */
  values: z
    .record(
      code,
      z.strictObject({
        label: text,
        expression,
        unit: z.enum(['money', 'count', 'days', 'years', 'percent', 'number', 'date', 'text']),
        /** The parameter that it is measured against, for the evidence. */
        above: code.optional(),
      }),
    )
    .default({}),
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  then: z.array(z.strictObject({ task })).length(1),
});

export type RuleDefinition = Definition<z.output<typeof ruleSchema>>;
export type DueDefinition = z.output<typeof due>;

/** A rule ready to run. */
export interface Rule {
  definition: RuleDefinition;
  version: string;
  /** The record that is watched; undefined when the customer is. */
  subject: EntityDefinition | undefined;
  vocabulary: Vocabulary;
  condition: Expression;
  occasion: Expression;
  values: { code: string; value: Expression }[];
  task: z.output<typeof task>;
  priorities: { condition: Expression | undefined; priority: Priority }[];
  /** Names that texts mention and that are no `values`. */
  mentioned: string[];
}

export const rules = oncePerModel((model): Rule[] => {
  return readDefinitions(model, 'rules', ruleSchema).map((each) => compileRule(model, each));
});

export interface RuleDescription {
  code: string;
  label: Text;
  description?: Text;
  subject: string;
  version: string;
  if: string;
}

export function ruleDescriptions(model: Model): RuleDescription[] {
  return rules(model).map(({ definition: { code, label, description, subject, if: condition }, version }) => {
    return { code, label, description, subject, version, if: condition };
  });
}

/** What the conditions and texts of a rule may speak of: the customer, and the record that is watched. */
export function ruleWords(model: Model, { subject }: { subject: string }): Vocabulary {
  if (subject === 'customer') return customerVocabulary(model);
  return vocabulary(customerVocabulary(model).names, subjectNames(model, model.entity(subject)));
}

function compileRule(model: Model, definition: RuleDefinition): Rule {
  const { file: _, ...content } = definition;
  const subject = definition.subject === 'customer' ? undefined : model.entity(definition.subject);
  if (subject && (subject.scope !== 'customer' || subject.storage !== 'record')) {
    throw invalidDefinition(definition, 'subject', `${subject.code} is no record of customers`);
  }
  const words = ruleWords(model, definition);
  const compileText = (path: string, source: string, type?: Expression['type']) =>
    compilePackText(definition, path, source, words.scope, type);
  const { task } = definition.then[0]!;
  const priorities = typeof task.priority === 'string' ? [{ level: task.priority, if: undefined }] : task.priority;
  for (const [index, each] of priorities.entries()) {
    if ((each.if === undefined) !== (index === priorities.length - 1)) {
      throw invalidDefinition(
        definition,
        'then/0/task/priority',
        'every priority but the last has a condition, the last has none',
      );
    }
  }
  const rule: Rule = {
    definition,
    version: versionOf(content),
    subject,
    vocabulary: words,
    condition: compileText('if', definition.if, 'boolean'),
    occasion: compileText('occasion', definition.occasion),
    values: Object.entries(definition.values).map(([code, each]) => ({
      code,
      value: compileText(`values/${code}`, each.expression),
    })),
    task,
    priorities: priorities.map((each, index) => ({
      condition: each.if === undefined ? undefined : compileText(`then/0/task/priority/${index}`, each.if, 'boolean'),
      priority: each.level,
    })),
    mentioned: [],
  };
  for (const part of ['title', 'reason', 'script'] as const) {
    for (const mark of marksOf(task[part])) {
      if (Object.hasOwn(definition.values, mark) || rule.mentioned.includes(mark)) continue;
      if (!Object.hasOwn(words.names, mark)) {
        throw invalidDefinition(
          definition,
          `then/0/task/${part}`,
          `{${mark}} is neither a field nor a metric, parameter or value`,
        );
      }
      rule.mentioned.push(mark);
    }
  }
  return rule;
}

/** Table alias of the record that a rule watches. */
export const SUBJECT = 's';

/** References of a record that people know by a name, and whose fields a rule may use: `holding_product`, `holding_product_class`. */
function namedReferences(model: Model, subject: EntityDefinition) {
  return subject.fields.flatMap((field) => {
    const target = field.type === 'ref' ? model.entity(field.ref!) : undefined;
    return target && target.scope === 'institution' && target.code !== 'customer'
      ? [{ field, target, alias: `${SUBJECT}_${field.code}` }]
      : [];
  });
}

function subjectNames(model: Model, subject: EntityDefinition): Names {
  const names = fieldNames(subject, SUBJECT, `${subject.code}_`);
  for (const { field, target, alias } of namedReferences(model, subject)) {
    const prefix = `${subject.code}_${field.code}`;
    const title = fieldNames(target, alias)[target.title]!;
    names[prefix] = { ...title, label: field.label, aliases: [] };
    Object.assign(names, fieldNames(target, alias, `${prefix}_`));
  }
  return names;
}

/** Joins the watched record and what it refers to, after the customer `c`. */
export function subjectJoins(model: Model, subject: EntityDefinition): string {
  const references = namedReferences(model, subject).map(({ field, target, alias }) => {
    return `left join ${ident(target.code).sql} ${alias} on ${alias}.id = ${SUBJECT}.${ident(columnOf(field)).sql}`;
  });
  return [`join ${ident(subject.code).sql} ${SUBJECT} on ${SUBJECT}.customer_id = c.id`, ...references].join('\n');
}
