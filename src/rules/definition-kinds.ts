import type { z } from 'zod';
import { compile, type Expression, type Scope } from '#expressions';
import {
  checkMeasures,
  customerVocabulary,
  measureWords,
  metricSchema,
  metrics,
  parameterSchema,
  parameters,
} from '#facts';
import type { Text } from '#kernel';
import type { DefinitionKind, Model } from '#metadata';
import { expressionsOf, rules } from './rule-definition.ts';
import { actionsOf, ruleExpressions } from './rule-parts.ts';
import { type RuleBody, ruleSchema } from './rule-schema.ts';
import { wordsOfRule } from './rule-vocabulary.ts';
import { membershipVocabulary, segmentSchema, segments } from './segments.ts';
import { tagSchema, tags } from './tags.ts';
import { tierSchema, tiers } from './tiers.ts';

export interface Body extends Record<string, unknown> {
  code: string;
  label: Text;
  description?: Text;
}

/** An expression inside a definition: where it stands, and by which names it is read. */
export interface Part {
  path: string;
  text: string;
  scope: Scope;
  type?: Expression['type'];
}

interface Kind {
  label: Text;
  schema: z.ZodType;
  /** Compiles all of the kind; throws a Failure that names the definition and the place. */
  compile(model: Model): unknown;
  parts(model: Model, body: Body): Part[];
}

const condition = (scope: Scope, body: Body): Part[] =>
  (['if', 'keep_if'] as const).flatMap((path) =>
    typeof body[path] === 'string' ? [{ path, text: body[path], scope, type: 'boolean' as const }] : [],
  );

/** The kinds of definitions that business people make. */
export const definitionKinds: Record<DefinitionKind, Kind> = {
  metrics: { label: { zh: '指标', en: 'Metric' }, schema: metricSchema, compile: compileMetrics, parts: metricParts },
  parameters: { label: { zh: '参数', en: 'Parameter' }, schema: parameterSchema, compile: parameters, parts: () => [] },
  tiers: {
    label: { zh: '分层', en: 'Tier' },
    schema: tierSchema,
    compile: tiers,
    parts: (model, body) => condition(customerVocabulary(model).scope, body),
  },
  tags: {
    label: { zh: '标签', en: 'Tag' },
    schema: tagSchema,
    compile: tags,
    parts: (model, body) => condition(customerVocabulary(model).scope, body),
  },
  segments: {
    label: { zh: '客群', en: 'Segment' },
    schema: segmentSchema,
    compile: segments,
    parts: (model, body) => condition(membershipVocabulary(model).scope, body),
  },
  rules: { label: { zh: '规则', en: 'Rule' }, schema: ruleSchema, compile: rules, parts: ruleParts },
};

function compileMetrics(model: Model): void {
  customerVocabulary(model);
  checkMeasures(model);
}

function metricParts(model: Model, body: Body): Part[] {
  const { expression, measure } = body as { expression?: string; measure?: { entity: string; where?: string } };
  if (typeof expression === 'string')
    return [{ path: 'expression', text: expression, scope: customerVocabulary(model).scope }];
  const scope = measure && measureScope(model, measure.entity);
  return scope && typeof measure.where === 'string'
    ? [{ path: 'measure/where', text: measure.where, scope, type: 'boolean' }]
    : [];
}

/** A definition of a rule that fits its shape, as what it is. */
export const ruleOf = (body: Body): RuleBody => body as unknown as RuleBody;

function ruleParts(model: Model, body: Body): Part[] {
  const { scope } = wordsOfRule(model, ruleOf(body));
  return ruleExpressions(ruleOf(body)).map((part) => ({ ...part, scope }));
}

/** What the filter of a measure may speak of; undefined for an entity that does not exist. */
export function measureScope(model: Model, code: string): Scope | undefined {
  const entity = model.entities.find((each) => each.code === code);
  return entity && measureWords(model, entity).scope;
}

/** Compiles everything that the model defines: throws where a definition does not fit its company. */
export function checkModel(model: Model): void {
  for (const { compile } of Object.values(definitionKinds)) compile(model);
}

/** One definition as others refer to it. */
export interface Reference {
  kind: DefinitionKind;
  code: string;
  label: Text;
}

/** Who uses what, over all kinds and the rules: `kind/code` → those that name it. */
export function usage(model: Model): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  const isMetric = new Set(metrics(model).map(({ code }) => code));
  const isParameter = new Set(parameters(model).map(({ code }) => code));
  const note = (user: Reference, names: Iterable<string>) => {
    for (const name of new Set(names)) {
      const [, kind, code] = /^(tag|segment)_(.+)$/.exec(name) ?? [];
      const used = isMetric.has(name)
        ? `metrics/${name}`
        : isParameter.has(name)
          ? `parameters/${name}`
          : kind && `${kind}s/${code}`;
      if (used) found.set(used, [...(found.get(used) ?? []), user]);
    }
  };
  const namesOf = (...expressions: (Expression | undefined)[]) =>
    expressions.flatMap((each) => (each ? [...each.names, ...each.constants] : []));
  const reference = (kind: Reference['kind'], { code, label }: { code: string; label: Text }) => ({
    kind,
    code,
    label,
  });
  for (const metric of metrics(model)) {
    const { ratio, household } = metric;
    const named = [...(ratio ? [ratio.of, ratio.to] : []), ...(household ? [household.of] : [])];
    const compiled = metricParts(model, metric as unknown as Body).flatMap(({ text, scope }) =>
      namesOf(compile(text, scope)),
    );
    note(reference('metrics', metric), [...named, ...compiled]);
  }
  for (const [kind, all] of [
    ['tiers', tiers(model)],
    ['tags', tags(model)],
    ['segments', segments(model)],
  ] as const) {
    for (const { definition, condition, keep } of all) note(reference(kind, definition), namesOf(condition, keep));
  }
  for (const rule of rules(model)) {
    const { when, values } = rule.definition;
    const above = Object.values(values).flatMap((value) => value.above ?? []);
    const date = typeof when === 'object' && 'date' in when ? [when.date.of] : [];
    const tagged = actionsOf(rule.definition).flatMap(({ action }) =>
      'tag' in action ? [`tag_${action.tag.code}`] : [],
    );
    note(reference('rules', rule.definition), [
      ...namesOf(...expressionsOf(rule)),
      ...rule.mentioned,
      ...above,
      ...date,
      ...tagged,
    ]);
  }
  return found;
}
