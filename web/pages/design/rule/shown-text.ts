import type { Language } from '#kernel';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';

// Texts of rules hold names in braces: `{outflow_1d}` as they are kept, `{当日流出}` as people read and write them.

/** Names by label, where only one name carries it. */
function byLabel(names: readonly VocabularyName[], language: Language): Map<string, string> {
  const found = new Map<string, string>();
  const twice = new Set<string>();
  for (const { code, label } of names) {
    if (found.has(label[language])) twice.add(label[language]);
    found.set(label[language], code);
  }
  for (const label of twice) found.delete(label);
  return found;
}

/** A kept text as people read it. */
export function shownText(text: string, names: readonly VocabularyName[], language: Language): string {
  const labels = byLabel(names, language);
  const labelOf = new Map([...labels].map(([label, code]) => [code, label]));
  return text.replace(/\{(\w+)\}/g, (mark, code: string) => (labelOf.has(code) ? `{${labelOf.get(code)}}` : mark));
}

/** What people wrote as it is kept. */
export function keptText(text: string, names: readonly VocabularyName[], language: Language): string {
  const codes = byLabel(names, language);
  return text.replace(/\{([^{}]+)\}/g, (mark, label: string) =>
    codes.has(label.trim()) ? `{${codes.get(label.trim())}}` : mark,
  );
}
