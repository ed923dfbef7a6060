import type { Context } from '#access';
import { compile, describe, type Expression, placeOf } from '#expressions';
import { checkParameter, metrics, parameters, storedMetrics } from '#facts';
import { Failure, type Text } from '#kernel';
import {
  type DefinitionKind,
  type DefinitionRow,
  definitionsInForce,
  type EntityDefinition,
  fieldOf,
  type Model,
  originOf,
  placeOfDefinition,
  withDefinitions,
} from '#metadata';
import { type Body, checkModel, definitionKinds, ruleOf } from './definition-kinds.ts';
import { kinds } from './failures.ts';
import { ruleIssues } from './rule-check.ts';
import { rules } from './rule-definition.ts';
import { ruleExpressions } from './rule-parts.ts';
import { ruleSchema } from './rule-schema.ts';
import { ruleSentence } from './rule-sentence.ts';
import { settingOf, wordsOfRule } from './rule-vocabulary.ts';
import { shapeIssues } from './shape-issues.ts';
import { forbiddenField } from './vocabulary.ts';

export interface Issue {
  /** The part of the definition, such as `if` or `measure/where`. */
  path: string;
  /** The place in its text, from 0, the end excluded. */
  position?: { from: number; to: number };
  message: Text;
}

export const limits = {
  /** Bytes of a definition as JSON. */
  bodyBytesMax: 24_576,
  /** Definitions of one kind that an institution makes itself. */
  ownMax: 300,
  /** Metrics that read all history of facts every day. */
  everMax: 20,
  issuesMax: 50,
  /** Parts inside one another. */
  depthMax: 24,
};

/** A definition that fits its shape, with the model that it would make and its compiled conditions by path. */
export interface Checked {
  issues: Issue[];
  body: Body | undefined;
  candidate: Model | undefined;
  conditions: Map<string, Expression>;
}

/** The model in force with a definition put over it; `null` takes it out. */
export function candidateOf(model: Model, kind: DefinitionKind, code: string, body: Body | null): Model {
  const rows = definitionsInForce(model).filter((row) => row.kind !== kind || row.code !== code);
  const row: DefinitionRow = { kind, code, version: 0, body };
  return withDefinitions(model, [...rows, row]);
}

/** Finds all that is wrong with a definition: its shape, its code, its expressions with their places, and what it would break. */
export function checkDefinition(ctx: Context, kind: DefinitionKind, given: unknown): Checked {
  const { model } = ctx;
  const conditions = new Map<string, Expression>();
  const refused = (issues: Issue[]): Checked => ({
    issues: issues.slice(0, limits.issuesMax),
    body: undefined,
    candidate: undefined,
    conditions,
  });
  const unfit = unstorable(given);
  if (unfit) return refused([{ path: unfit.field ?? '', message: textOf(unfit) }]);
  if (Buffer.byteLength(JSON.stringify(given) ?? '') > limits.bodyBytesMax) {
    return refused([
      {
        path: '',
        message: {
          zh: `定义不能超过 ${limits.bodyBytesMax / 1024} KB，请拆成几个`,
          en: `a definition has at most ${limits.bodyBytesMax / 1024} KB; split it`,
        },
      },
    ]);
  }
  const parsed = definitionKinds[kind].schema.safeParse(given);
  if (!parsed.success) return refused(shapeIssues(parsed.error.issues));
  const body = parsed.data as Body;
  const issues = [...companyIssues(model, kind, body)];
  if (kind === 'rules') issues.push(...ruleIssues(model, ruleOf(body), wordsOfRule(model, ruleOf(body))));
  const inForce = kind === 'rules' ? textsInForce(model) : new Set<string>();
  for (const part of definitionKinds[kind].parts(model, body)) {
    try {
      const compiled = compile(part.text, part.scope, part.type);
      conditions.set(part.path, compiled);
      // What stands in a rule of the institution already may stay, and be taken over from a template.
      const secret = inForce.has(part.text) ? undefined : forbiddenField(ctx, compiled, ownersOf(model, kind, body));
      if (secret)
        issues.push({
          path: part.path,
          message: textOf(new Failure(kinds.definition_field_secret, { field: secret.label })),
        });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      issues.push(issueOf(error, part.path));
    }
  }
  if (issues.length > 0) return { issues: issues.slice(0, limits.issuesMax), body, candidate: undefined, conditions };
  const candidate = candidateOf(model, kind, body.code, body);
  const fault = faultOf(candidate, kind, body.code);
  return { issues: fault ? [fault] : [], body, candidate: fault ? undefined : candidate, conditions };
}

/** The expressions of the rules in force. */
const textsInForce = (model: Model): Set<string> =>
  new Set(rules(model).flatMap(({ definition }) => ruleExpressions(definition).map(({ text }) => text)));

/** Whose fields the names of a definition are, by what stands before them. */
function ownersOf(model: Model, kind: DefinitionKind, body: Body): Record<string, EntityDefinition> {
  const { measure } = body as { measure?: { entity: string } };
  if (measure) return { '': model.entity(measure.entity) };
  const owners: Record<string, EntityDefinition> = { '': model.entity('customer') };
  if (kind !== 'rules') return owners;
  const { subject, event } = settingOf(ruleOf(body));
  for (const entity of model.entities) {
    if (entity.code === subject && subject !== 'customer') owners[`${subject}_`] = entity;
    if (entity.code === event) owners.event_ = entity;
  }
  return owners;
}

/** What cannot be stored as it is: nested without end, or with characters that the database does not take. */
export function unstorable(given: unknown): Failure | undefined {
  let level: { path: string; value: unknown }[] = [{ path: '', value: given }];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.depthMax) return new Failure(kinds.definition_too_deep, { max: limits.depthMax });
    const bad = level.find(({ value }) => typeof value === 'string' && !isStorable(value));
    if (bad) return new Failure(kinds.definition_characters, { path: bad.path || '?' }, bad.path);
    level = level.flatMap(({ path, value }) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, each]) => [
            { path: path === '' ? key : `${path}/${key}`, value: each },
            { path, value: key },
          ])
        : [],
    );
  }
  return undefined;
}

/** Line breaks and tabs are well; other control characters, and halves of characters, are not. */
const isStorable = (text: string): boolean =>
  text.isWellFormed() && ![...text].some((character) => character < ' ' && !'\n\r\t'.includes(character));

/** What no longer fits in a candidate: the definition itself, or another one because of it. */
export function faultOf(candidate: Model, kind: DefinitionKind, code: string): Issue | undefined {
  try {
    checkModel(candidate);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const {
      file,
      reason,
      path = '',
      code: owner,
    } = error.params as { file?: string; reason?: Text | string; path?: string; code?: string };
    const message =
      reason === undefined ? textOf(error) : typeof reason === 'string' ? { zh: reason, en: reason } : reason;
    if (file === placeOfDefinition(kind, code)) return { ...issueOf(error, path.replace(`/${code}/`, '')), message };
    const other = owner ?? path.split('/')[1] ?? '';
    return { path: '', message: textOf(new Failure(kinds.definition_breaks, { other, message })) };
  }
}

const textOf = (failure: Failure): Text => ({ zh: failure.text('zh'), en: failure.text('en') });

function issueOf(failure: Failure, path: string): Issue {
  const position = placeOf(failure);
  return { path, ...(position ? { position } : {}), message: textOf(failure) };
}

/** Names that conditions have already, whatever they are. */
function companyIssues(model: Model, kind: DefinitionKind, body: Body): Issue[] {
  const issues: Issue[] = [];
  const refuse = (path: string, failure: Failure) => issues.push({ path, message: textOf(failure) });
  const isKnown = model.data(kind).some(({ value }) => value.code === body.code);
  if (!isKnown) {
    const used = kind === 'metrics' || kind === 'parameters' ? takenBy(model, body.code) : undefined;
    if (used) refuse('code', new Failure(kinds.definition_code_taken, { code: body.code, used }));
    const shipped = new Set(
      originOf(model)
        .data(kind)
        .map(({ value }) => value.code),
    );
    const own = model.data(kind).filter(({ value }) => !shipped.has(value.code)).length;
    if (own >= limits.ownMax) {
      refuse('', new Failure(kinds.definitions_too_many, { kind: definitionKinds[kind].label, max: limits.ownMax }));
    }
  }
  if (kind === 'metrics') metricIssues(model, body, refuse);
  if (kind === 'parameters') parameterIssues(model, body, refuse);
  return issues;
}

type Refuse = (path: string, failure: Failure) => void;

function metricIssues(model: Model, body: Body, refuse: Refuse): void {
  const { unit, measure } = body as unknown as { unit: string; measure?: { window?: string; function: string } };
  const before = storedMetrics(model).find(({ code }) => code === body.code);
  if (before && before.unit !== unit) refuse('unit', new Failure(kinds.definition_unit_fixed, { unit: before.unit }));
  const costly = metrics(model).filter(({ code, measure }) => code !== body.code && readsAll(measure)).length;
  if (readsAll(measure) && costly >= limits.everMax)
    refuse('measure/window', new Failure(kinds.definition_costly, { max: limits.everMax }));
}

const readsAll = (measure: { window?: string | undefined; function: string } | undefined) =>
  measure?.window === 'ever' && measure.function !== 'min' && measure.function !== 'max';

function parameterIssues(model: Model, body: Body, refuse: Refuse): void {
  const before = parameters(model).find(({ code }) => code === body.code);
  const { type, value } = body as unknown as { type: string; value: unknown };
  if (before && before.type !== type)
    refuse('type', new Failure(kinds.definition_parameter_type_fixed, { type: before.type }));
  if (typeof value !== 'string') return;
  try {
    checkParameter(
      {
        ...(body as unknown as Parameters<typeof checkParameter>[0]),
        ...(before ? { min: before.min, max: before.max } : {}),
        file: '',
      },
      value,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    refuse('value', error);
  }
}

/** What a code stands for already in conditions, or in the table of the metrics. */
function takenBy(model: Model, code: string): Text | undefined {
  const field = fieldOf(model.entity('customer'), code);
  if (field) return { zh: `客户字段“${field.label.zh}”`, en: `the customer's field ${field.label.en}` };
  const other = [...metrics(model), ...parameters(model)].find((each) => each.code === code);
  if (other) return { zh: `“${other.label.zh}”`, en: other.label.en };
  const reserved = RESERVED.has(code) || /^(tag|segment)_/.test(code);
  return reserved ? { zh: '系统保留的名称', en: 'a reserved name' } : undefined;
}

/** Columns of the metrics' table that are none, and names of conditions. */
const RESERVED = new Set([
  'id',
  'customer_id',
  'as_of',
  'tags',
  'segments',
  'due',
  'business_date',
  'today',
  'now',
  'hist',
  'state',
]);

/** What a definition says, in words: its condition, calculation or filter. */
export function sentenceOf(model: Model, kind: DefinitionKind, body: Body): Text | undefined {
  if (kind === 'rules') {
    // The packs' entries have not been through the schema, which fills in what was left out.
    const parsed = ruleSchema.safeParse(body);
    return parsed.success ? ruleSentence(model, parsed.data) : undefined;
  }
  const [part] = definitionKinds[kind].parts(model, body);
  if (!part) return undefined;
  try {
    return describe(compile(part.text, part.scope, part.type).ast);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
