import type { Expression } from '#expressions';
import {
  compilePackText,
  type Definition,
  invalidDefinition,
  oncePerModel,
  readDefinitions,
  type Vocabulary,
} from '#facts';
import type { Text } from '#kernel';
import type { EntityDefinition, Model } from '#metadata';
import { checkActions } from './actions/check.ts';
import { versionOf } from './conditions.ts';
import { type CompiledAction, compileActions, mentionedNames } from './rule-actions.ts';
import { type RuleBody, ruleSchema } from './rule-schema.ts';
import { type CompiledTrigger, compileTrigger } from './rule-trigger.ts';

export type RuleDefinition = Definition<RuleBody>;

/** A rule ready to run. */
export interface Rule {
  definition: RuleDefinition;
  /** Fingerprint of the definition. */
  version: string;
  /** The record that is watched; undefined when the customer is. */
  subject: EntityDefinition | undefined;
  trigger: CompiledTrigger;
  vocabulary: Vocabulary;
  condition: Expression;
  /** Undefined: what the trigger gives. */
  occasion: Expression | undefined;
  values: { code: string; value: Expression }[];
  /** Those of `then`, then those of `else`. */
  actions: CompiledAction[];
  /** Names that texts mention and that are no `values`. */
  mentioned: string[];
}

/** The rules in the order in which they act: by `order`, then as they are listed. */
export const rules = oncePerModel((model): Rule[] => {
  return readDefinitions(model, 'rules', ruleSchema)
    .map((each) => compileRule(model, each))
    .sort((a, b) => a.definition.order - b.definition.order);
});

export interface RuleDescription {
  code: string;
  label: Text;
  description?: Text | undefined;
  subject: string;
  version: string;
  if: string;
}

export function ruleDescriptions(model: Model): RuleDescription[] {
  return rules(model).map(({ definition: { code, label, description, subject, if: condition }, version }) => {
    return { code, label, description, subject, version, if: condition };
  });
}

function compileRule(model: Model, definition: RuleDefinition): Rule {
  const { file: _, ...content } = definition;
  const subject = subjectOf(model, definition);
  const { trigger, words } = compileTrigger(model, definition, subject);
  if (definition.else && (trigger.kind === 'day' || trigger.kind === 'turns')) {
    throw invalidDefinition(definition, 'else', {
      zh: '每日看一遍的规则和看条件变化的规则没有“否则”',
      en: 'a rule that looks every day, or for a turn, has no else',
    });
  }
  const compileText = (path: string, source: string, type?: Expression['type']) =>
    compilePackText(definition, path, source, words.scope, type);
  const actions = compileActions(definition, words);
  checkActions(model, definition, actions);
  return {
    definition,
    version: versionOf(content),
    subject,
    trigger,
    vocabulary: words,
    condition: compileText('if', definition.if, 'boolean'),
    occasion: definition.occasion === undefined ? undefined : compileText('occasion', definition.occasion),
    values: Object.entries(definition.values).map(([code, each]) => ({
      code,
      value: compileText(`values/${code}/expression`, each.expression),
    })),
    actions,
    mentioned: mentionedNames(definition, actions, words),
  };
}

function subjectOf(model: Model, definition: RuleDefinition): EntityDefinition | undefined {
  if (definition.subject === 'customer') return undefined;
  const subject = model.entities.find(({ code }) => code === definition.subject);
  if (subject?.scope !== 'customer' || subject.storage !== 'record') {
    throw invalidDefinition(definition, 'subject', {
      zh: `“${definition.subject}”不是客户的记录`,
      en: `${definition.subject} is no record of customers`,
    });
  }
  return subject;
}

/** Every expression of a rule. */
export function expressionsOf({ trigger, condition, occasion, values, actions }: Rule): Expression[] {
  const own = 'watched' in trigger ? [trigger.watched] : [];
  const acts = actions.flatMap(({ condition, levels, amount }) => [
    condition,
    amount,
    ...levels.map((each) => each.condition),
  ]);
  const all = [...own, condition, occasion, ...values.map(({ value }) => value), ...acts];
  return all.filter((each) => each !== undefined);
}
