import type { Expression } from '#expressions';
import { compilePackText, invalidDefinition, type Vocabulary, vocabulary } from '#facts';
import type { EntityDefinition, Model } from '#metadata';
import { festivals } from './festivals.ts';
import type { RuleDefinition } from './rule-definition.ts';
import type { Trigger } from './rule-schema.ts';
import { changeNames, ruleWords, watchedTypes } from './rule-words.ts';

type DateTrigger = Extract<Trigger, { date: unknown }>['date'];
type ScheduleTrigger = Extract<Trigger, { schedule: unknown }>['schedule'];

/** When a rule looks, with what it takes to find out. */
export type CompiledTrigger =
  | { kind: 'day' | 'hand' }
  | { kind: 'fact' | 'record'; event: EntityDefinition }
  | { kind: 'turns' | 'change'; watched: Expression }
  | { kind: 'date'; date: DateTrigger; festival: string | undefined; field: string | undefined }
  | { kind: 'schedule'; schedule: ScheduleTrigger };

export type TriggerKind = CompiledTrigger['kind'];

const FESTIVAL = 'festival:';

/** Compiles a trigger and tells what names the rest of its rule may use. Throws a Failure that names rule and place. */
export function compileTrigger(
  model: Model,
  definition: RuleDefinition,
  subject: EntityDefinition | undefined,
): { trigger: CompiledTrigger; words: Vocabulary } {
  const { when } = definition;
  const refuse = (path: string, zh: string, en: string) => invalidDefinition(definition, path, { zh, en });
  const words = ruleWords(model, subject, undefined);
  if (typeof when === 'string') return { trigger: { kind: when }, words };
  if ('schedule' in when && when.schedule.on === 0) {
    throw refuse(
      'when/schedule/on',
      '日序从 1 开始，负数从末尾数',
      'days are counted from 1, negative ones from the end',
    );
  }
  if ('schedule' in when) return { trigger: { kind: 'schedule', schedule: when.schedule }, words };
  if ('fact' in when) {
    const event = entityOf(model, when.fact);
    if (event?.storage !== 'fact' || event.scope !== 'customer') {
      throw refuse('when/fact', `“${when.fact}”不是客户的事实`, `${when.fact} is no fact of customers`);
    }
    if (subject) throw refuse('subject', '由事实触发的规则只能看客户', 'a rule started by a fact watches customers');
    return { trigger: { kind: 'fact', event }, words: ruleWords(model, subject, event) };
  }
  if ('record' in when) {
    const event = entityOf(model, when.record);
    if (event?.storage !== 'record' || event.scope !== 'institution' || event.code === 'user') {
      throw refuse('when/record', `“${when.record}”不是机构的记录`, `${when.record} is no record of the institution`);
    }
    if (subject && !commonReference(subject, event)) {
      throw refuse(
        'subject',
        '由机构记录触发的规则看客户，或看与该记录指向同一对象的客户记录，例如持仓',
        'it watches customers, or records that refer to the same thing as the record does, such as holdings',
      );
    }
    return { trigger: { kind: 'record', event }, words: ruleWords(model, subject, event) };
  }
  if ('turns' in when) {
    const watched = compilePackText(definition, 'when/turns', when.turns, words.scope, 'boolean');
    return { trigger: { kind: 'turns', watched }, words };
  }
  if ('change' in when) {
    const watched = compilePackText(definition, 'when/change', when.change, words.scope);
    if (!watchedTypes[watched.type]) {
      throw refuse('when/change', '只能看单个值的变化', 'only a single value can be watched');
    }
    return { trigger: { kind: 'change', watched }, words: vocabulary(words.names, changeNames(words, watched)) };
  }
  const { of } = when.date;
  if (of.startsWith(FESTIVAL)) {
    if (subject) throw refuse('subject', '节日提醒只能看客户', 'a rule of a festival watches customers');
    const festival = of.slice(FESTIVAL.length);
    if (!festivals(model).has(festival)) {
      throw refuse('when/date/of', `没有节日“${festival}”`, `there is no festival ${festival}`);
    }
    return { trigger: { kind: 'date', date: when.date, festival, field: undefined }, words };
  }
  const name = Object.hasOwn(words.names, of) ? words.names[of] : undefined;
  if (name?.type !== 'date' || name.given === 'context') {
    throw refuse('when/date/of', `“${of}”不是日期`, `${of} is no date of the customer or of the watched record`);
  }
  return { trigger: { kind: 'date', date: when.date, festival: undefined, field: of }, words };
}

function entityOf(model: Model, code: string): EntityDefinition | undefined {
  return model.entities.find((entity) => entity.code === code);
}

/** The reference by which a record of the institution concerns records of customers: both point at one kind of thing. */
export function commonReference(subject: EntityDefinition, event: EntityDefinition) {
  for (const theirs of event.fields) {
    if (theirs.type !== 'ref' || theirs.ref === 'user') continue;
    const own = subject.fields.find(({ type, ref }) => type === 'ref' && ref === theirs.ref);
    if (own) return { own, theirs };
  }
  return undefined;
}
