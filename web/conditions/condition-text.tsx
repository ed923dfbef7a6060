/** A stored condition as a sentence, to be read only. Loaded on demand, with the language. */
import { compile, describe } from '#expressions';
import { Failure } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { readTree } from './read.ts';
import { sentence } from './sentence.ts';
import { namesOf, type VocabularyName } from './vocabulary.ts';
import { useWording } from './wording.ts';

export function ConditionText({ text, vocabulary }: { text: string; vocabulary: readonly VocabularyName[] }) {
  const names = namesOf(vocabulary);
  const wording = useWording(names, useInstitution().currency);
  try {
    const { ast, type } = compile(text, names.scope);
    const said = type === 'boolean' ? sentence(readTree(ast), wording) : describe(ast)[wording.language];
    return <span title={text}>{said}</span>;
  } catch (error) {
    if (error instanceof Failure) return <span className="mono">{text}</span>;
    throw error;
  }
}
