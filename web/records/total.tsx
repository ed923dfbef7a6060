import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount } from '#kernel';
import { countQuery, type ListQuestion } from '../api/queries.ts';
import type { Entity } from '../api/types.ts';
import { useTexts } from '../texts/texts.ts';

/** How many there are: exact up to the cap, on demand beyond it. */
export function Total({ entity, question }: { entity: Entity; question: ListQuestion }) {
  const { t } = useTexts();
  const narrowing = JSON.stringify([question.filter, question.q]);
  const [exactFor, setExactFor] = useState<string>();
  const exact = exactFor === narrowing;
  const { data } = useQuery({ ...countQuery(entity.plural, question, exact), placeholderData: keepPreviousData });
  if (!data) return <span className="list-total" />;
  if (!data.capped) return <span className="list-total">{t('list.count', { total: formatCount(data.count) })}</span>;
  return (
    <button type="button" className="list-total" title={t('list.countExact')} onClick={() => setExactFor(narrowing)}>
      {t('list.countCapped', { total: formatCount(data.count) })}
    </button>
  );
}
