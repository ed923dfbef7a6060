import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Body, DefinitionKind, Vocabulary } from '../../../api/definitions.ts';
import { ruleVocabularyQuery } from '../../../api/rules.ts';
import { useDelayed } from '../../../kit/use-delayed.ts';
import { settingOf } from './rule.ts';

const SETTLED_MS = 300;

/** The vocabulary of a definition: that of its kind, for rules with the names of what they watch and of what starts them. */
export function useWordsOf(kind: DefinitionKind, body: Body, vocabulary: Vocabulary): Vocabulary {
  const { subject, event, change } = settingOf(body);
  const settled = useDelayed(change, SETTLED_MS);
  const asked = kind === 'rules' && (subject !== 'customer' || event !== undefined || settled !== undefined);
  const { data } = useQuery({
    ...ruleVocabularyQuery({ subject, event, change: settled }),
    enabled: asked,
    placeholderData: keepPreviousData,
  });
  return asked && data ? data : vocabulary;
}
