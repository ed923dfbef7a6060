import { compile } from '#expressions';
import { type Names, parameters, type Vocabulary } from '#facts';
import { Failure, type Text } from '#kernel';
import type { Model } from '#metadata';
import type { Issue } from './definition-check.ts';
import { kinds } from './failures.ts';
import { type Choice, caseKinds, festivals, roleChoices, serviceLevels } from './rule-choices.ts';
import { actionsOf, gradedOf, gradesOf, type PlacedAction, ruleExpressions, ruleTexts } from './rule-parts.ts';
import type { RuleBody } from './rule-schema.ts';
import { compileTrigger } from './rule-trigger.ts';
import { segments } from './segments.ts';
import { tags } from './tags.ts';

// What is wrong with a rule besides its shape and its expressions, all of it at once, each with its place.

type Refuse = (path: string, failure: Failure, position?: Issue['position'], message?: Text) => void;

/** `words` are those of the rule's own conditions and texts. */
export function ruleIssues(model: Model, body: RuleBody, words: Vocabulary): Issue[] {
  const issues: Issue[] = [];
  const refuse: Refuse = (path, failure, position, message) =>
    issues.push({
      path,
      ...(position ? { position } : {}),
      message: message ?? { zh: failure.text('zh'), en: failure.text('en') },
    });
  triggerIssues(model, body, refuse);
  timingIssues(model, body, refuse);
  textIssues(body, words.names, refuse);
  for (const placed of actionsOf(body)) actionIssues(model, placed, refuse);
  loopIssues(model, body, words, refuse);
  return issues;
}

/** What is watched and what starts the rule, as the engine reads them. */
function triggerIssues(model: Model, body: RuleBody, refuse: Refuse): void {
  const subject = body.subject === 'customer' ? undefined : model.entities.find(({ code }) => code === body.subject);
  if (body.subject !== 'customer' && (subject?.scope !== 'customer' || subject.storage !== 'record')) {
    unknown([], body.subject, 'subject', { zh: '可看的记录', en: 'record to watch' }, refuse);
    return;
  }
  try {
    compileTrigger(model, { ...body, file: '' }, subject);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { path = '', reason } = error.params as { path?: string; reason?: Text };
    const place = path.replace(`/${body.code}/`, '');
    // An expression of the trigger is judged, with its place, among the expressions.
    if (reason && !/^when\/(turns|change)$/.test(place)) refuse(place, error, undefined, reason);
  }
}

function timingIssues(model: Model, body: RuleBody, refuse: Refuse): void {
  const { when, effective } = body;
  if (body.else && (when === 'day' || (typeof when === 'object' && 'turns' in when))) {
    refuse('else', new Failure(kinds.rule_else_never));
  }
  if (typeof when === 'object' && 'date' in when && when.date.of.startsWith('festival:')) {
    const code = when.date.of.slice('festival:'.length);
    unknown(festivals(model), code, 'when/date/of', { zh: '节日', en: 'festival' }, refuse);
  }
  if (effective?.from && effective.until && effective.until < effective.from) {
    refuse('effective/until', new Failure(kinds.rule_dates_reversed, { from: effective.from, until: effective.until }));
  }
  const known = new Set(parameters(model).map(({ code }) => code));
  for (const [code, value] of Object.entries(body.values)) {
    if (value.above !== undefined && !known.has(value.above)) {
      refuse(
        `values/${code}/above`,
        new Failure(kinds.rule_choice_unknown, { what: { zh: '参数', en: 'parameter' }, code: value.above }),
      );
    }
  }
}

/** Systems outside that a rule would tell and that nobody allowed. */
export function targetIssues(body: RuleBody, allowed: readonly Choice[]): Issue[] {
  return actionsOf(body).flatMap(({ path, action }) => {
    if (!('webhook' in action) || allowed.some(({ code }) => code === action.webhook.target)) return [];
    const failure = new Failure(kinds.rule_target_unknown, { code: action.webhook.target });
    return [{ path: `${path}/webhook/target`, message: { zh: failure.text('zh'), en: failure.text('en') } }];
  });
}

/** `{name}` marks that stand for nothing, and texts that the records could not hold. */
function textIssues(body: RuleBody, names: Names, refuse: Refuse): void {
  for (const { path, text, charactersMax } of ruleTexts(body)) {
    for (const language of ['zh', 'en'] as const) {
      if (text[language].length > charactersMax) {
        refuse(`${path}/${language}`, new Failure(kinds.rule_text_long, { max: charactersMax }));
      }
      for (const match of text[language].matchAll(/\{(\w+)\}/g)) {
        const name = match[1]!;
        if (Object.hasOwn(names, name) || Object.hasOwn(body.values, name)) continue;
        const position = { from: match.index, to: match.index + match[0].length };
        refuse(`${path}/${language}`, new Failure(kinds.rule_name_unknown, { name }), position);
      }
    }
  }
}

function unknown(choices: readonly Choice[], code: string, path: string, what: Text, refuse: Refuse): void {
  if (!choices.some((each) => each.code === code)) refuse(path, new Failure(kinds.rule_choice_unknown, { what, code }));
}

const what = {
  role: { zh: '角色', en: 'role' },
  level: { zh: '服务等级', en: 'service level' },
  case: { zh: '案件类型', en: 'kind of case' },
  tag: { zh: '标签', en: 'tag' },
} satisfies Record<string, Text>;

function actionIssues(model: Model, placed: PlacedAction, refuse: Refuse): void {
  const { path, action } = placed;
  const role = (place: string, code: string) => unknown(roleChoices(model), code, place, what.role, refuse);
  const person = (place: string, to: unknown) => {
    if (typeof to === 'object' && to !== null && 'role' in to) role(`${place}/role`, String(to.role));
  };
  const graded = gradedOf(placed);
  if (graded) {
    const grades = gradesOf(graded.graded);
    if (grades.some((grade, index) => (grade.if === undefined) !== (index === grades.length - 1))) {
      refuse(graded.path, new Failure(kinds.rule_grades_order));
    }
  }
  if ('task' in action) person(`${path}/task/assignee`, action.task.assignee);
  else if ('notify' in action) {
    for (const [at, to] of action.notify.to.entries()) person(`${path}/notify/to/${at}`, to);
  } else if ('message' in action) person(`${path}/message/to`, action.message.to);
  else if ('opportunity' in action) person(`${path}/opportunity/assignee`, action.opportunity.assignee);
  else if ('case' in action) {
    person(`${path}/case/assignee`, action.case.assignee);
    unknown(caseKinds(model), action.case.kind, `${path}/case/kind`, what.case, refuse);
  } else if ('service_level' in action) {
    unknown(serviceLevels(model), action.service_level.level, `${path}/service_level/level`, what.level, refuse);
  } else if ('assign' in action) role(`${path}/assign/among/role`, action.assign.among.role);
  else if ('tag' in action) {
    const { code } = action.tag;
    const found = tags(model).find(({ definition }) => definition.code === code);
    if (!found) refuse(`${path}/tag/code`, new Failure(kinds.rule_choice_unknown, { what: what.tag, code }));
    else if (!found.definition.manual) {
      refuse(`${path}/tag/code`, new Failure(kinds.tag_not_manual, { tag: found.definition.label }));
    }
  }
}

/** A tag that the rule sets and looks at would start it again by itself. */
function loopIssues(model: Model, body: RuleBody, words: Vocabulary, refuse: Refuse): void {
  const set = new Map(
    actionsOf(body).flatMap(({ path, action }) => ('tag' in action ? [[action.tag.code, `${path}/tag/code`]] : [])),
  );
  if (set.size === 0) return;
  const looked = lookedAt(model, body, words);
  for (const [code, path] of set) {
    if (!looked.has(`tag_${code}`)) continue;
    const label = tags(model).find(({ definition }) => definition.code === code)?.definition.label ?? code;
    refuse(path, new Failure(kinds.rule_loop, { tag: label }));
  }
}

/** Names that decide whether the rule fires, through segments as well. */
function lookedAt(model: Model, body: RuleBody, words: Vocabulary): Set<string> {
  const found = new Set<string>();
  const visit = (used: readonly string[]) => {
    for (const name of used) {
      if (found.has(name)) continue;
      found.add(name);
      const segment = /^segment_(.+)$/.exec(name)?.[1];
      const condition = segments(model).find(({ definition }) => definition.code === segment)?.condition;
      if (condition) visit(condition.names);
    }
  };
  for (const { path, text, type } of ruleExpressions(body)) {
    if (path === 'if' || path.startsWith('when/')) visit(compiledNames(text, words, type));
  }
  return found;
}

/** Names of a text; of one that does not compile none, for it is refused where it stands. */
function compiledNames(text: string, { scope }: Vocabulary, type?: 'boolean' | 'number'): readonly string[] {
  try {
    return compile(text, scope, type).names;
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
