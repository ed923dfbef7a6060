import { compile } from '#expressions';
import { oncePerModel, type Vocabulary, vocabulary } from '#facts';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import type { RuleBody } from './rule-schema.ts';
import { changeNames, ruleWords, watchedTypes } from './rule-words.ts';

/** What the names of a rule depend on: what it watches, the fact or record that starts it, the value that it watches for changes. */
export interface RuleSetting {
  subject: string;
  event?: string | undefined;
  change?: string | undefined;
}

/** Made once for each subject and event: what is compiled over a scope is kept with it. */
const known = oncePerModel((_: Model) => new Map<string, Vocabulary>());

/** The names of a rule that is being written; what is not there, or not right yet, brings none. */
export function wordsOfSetting(model: Model, { subject, event, change }: RuleSetting): Vocabulary {
  const key = `${subject}/${event ?? ''}`;
  const record = (code: string | undefined) => model.entities.find((each) => each.code === code);
  const watched = record(subject);
  const words =
    known(model).get(key) ??
    ruleWords(model, watched?.scope === 'customer' && subject !== 'customer' ? watched : undefined, record(event));
  if (watched && (event === undefined || record(event))) known(model).set(key, words);
  return change === undefined ? words : withChange(words, change);
}

function withChange(words: Vocabulary, change: string): Vocabulary {
  try {
    const value = compile(change, words.scope);
    return watchedTypes[value.type] ? vocabulary(words.names, changeNames(words, value)) : words;
  } catch (error) {
    if (error instanceof Failure) return words;
    throw error;
  }
}

/** The names of a rule as it is written. */
export const wordsOfRule = (model: Model, body: RuleBody): Vocabulary => wordsOfSetting(model, settingOf(body));

export function settingOf({ subject, when }: RuleBody): RuleSetting {
  if (typeof when === 'string') return { subject };
  const event = 'fact' in when ? when.fact : 'record' in when ? when.record : undefined;
  return { subject, event, change: 'change' in when ? when.change : undefined };
}
