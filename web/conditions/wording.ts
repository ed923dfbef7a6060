import { useMemo } from 'react';
import { useTexts } from '../texts/texts.ts';
import { type OperatorCode, operatorCodes } from './operators.ts';
import type { OperatorWords, Wording } from './sentence.ts';
import type { Names } from './vocabulary.ts';

/** The words of the page, gathered for sentences. */
export function useWording(names: Names, currency: string): Wording {
  const { t, language } = useTexts();
  return useMemo(
    () => ({
      language,
      currency,
      names,
      operators: Object.fromEntries(
        operatorCodes.map((code) => [code, t(`design.operators.${code}`, { returnObjects: true })]),
      ) as Record<OperatorCode, OperatorWords>,
      words: {
        and: t('design.conditions.and'),
        or: t('design.conditions.or'),
        not: t('design.conditions.notSentence'),
        list: t('filter.join'),
        some: t('design.conditions.someSentence'),
        every: t('design.conditions.everySentence'),
        to: t('design.conditions.to'),
        missing: t('design.conditions.missing'),
        narrowed: t('design.conditions.narrowed'),
        yes: t('common.yes'),
        no: t('common.no'),
      },
    }),
    [t, language, currency, names],
  );
}
