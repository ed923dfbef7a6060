import type { VocabularyName } from './vocabulary.ts';

/** What is shown of a long vocabulary before somebody types. */
export const NAMES_SHOWN_MAX = 80;

/** Names that answer to what is typed, by label in either language, code, pinyin or initials; the best first, groups kept together. */
export function searchNames(names: readonly VocabularyName[], typed: string): VocabularyName[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return groupedTogether(names);
  const ranked = names
    .map((name) => ({ name, rank: rankOf(name, wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank);
  return groupedTogether(ranked.map(({ name }) => name));
}

/** Every word that is typed must be found somewhere. */
function rankOf(name: VocabularyName, wanted: string): number {
  const places = [name.label.zh, name.label.en, name.code, name.search ?? '', ...(name.aliases ?? [])].map((place) =>
    place.toLowerCase(),
  );
  if (places.some((place) => place === wanted)) return 4;
  if (places.some((place) => place.startsWith(wanted))) return 3;
  if (places.some((place) => place.includes(wanted))) return 2;
  const all = `${places.join(' ')} ${name.description?.zh ?? ''} ${name.description?.en ?? ''} ${name.group.label.zh} ${name.group.label.en}`;
  return wanted.split(/\s+/).every((word) => all.toLowerCase().includes(word)) ? 1 : 0;
}

/** Groups in the order of their first name. */
function groupedTogether(names: readonly VocabularyName[]): VocabularyName[] {
  return [...Map.groupBy(names, ({ group }) => group.code).values()].flat();
}
