import { compile } from '#expressions';
import type { Text } from '#kernel';
import { Failure } from '#kernel';
import { namesOf, type VocabularyName } from '../../../conditions/vocabulary.ts';

/** Values told in a reason that nobody wrote. */
const NAMES_MAX = 6;

/** The reason that a condition gives by itself: each value that it looks at, by name. Nothing for one that is not whole yet. */
export function autoReason(condition: string, vocabulary: readonly VocabularyName[]): Text | undefined {
  if (condition.trim() === '') return undefined;
  const names = namesOf(vocabulary);
  try {
    const { names: used } = compile(condition, names.scope, 'boolean');
    const shown = used
      .flatMap((code) => names.byName.get(code) ?? [])
      .filter(({ type }) => type !== 'boolean' && type !== 'list' && type !== 'texts');
    if (shown.length === 0) return undefined;
    const parts = shown.slice(0, NAMES_MAX);
    return {
      zh: `{business_date}：${parts.map(({ code, label }) => `${label.zh} {${code}}`).join('，')}。`,
      en: `{business_date}: ${parts.map(({ code, label }) => `${label.en} {${code}}`).join(', ')}.`,
    };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
