import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { post } from '../api/client.ts';
import type { Entity, Field } from '../api/types.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import type { DraftValue } from './draft.ts';

interface Duplicate {
  field: string;
  /** Null: there is one, out of the reader's reach. */
  customer: { id: string; label: string | null } | null;
}

/** What two customers seldom share. */
const asked = new Set(['id_number', 'phone']);

/**
 * Whether another customer has what was typed for a new one. It only warns: families share phones, and the server refuses
 * what must not be there twice.
 */
export function useDuplicates(entity: Entity, isNew: boolean) {
  const [found, setFound] = useState<Record<string, Duplicate>>({});
  const latest = useRef<Record<string, DraftValue | undefined>>({});
  const forget = (code: string) => {
    delete latest.current[code];
    setFound(({ [code]: _, ...rest }) => rest);
  };
  const look = async (code: string, value: DraftValue | undefined) => {
    if (!isNew || entity.code !== 'customer' || !asked.has(code) || typeof value !== 'string' || value.trim() === '')
      return;
    if (latest.current[code] === value) return;
    latest.current[code] = value;
    try {
      const { duplicates } = await post<{ duplicates: Duplicate[] }>('/customers/duplicates', { [code]: value });
      const duplicate = duplicates.find(({ field }) => field === code);
      if (duplicate && latest.current[code] === value) setFound((before) => ({ ...before, [code]: duplicate }));
    } catch {
      // What cannot be read as a number of its kind is told when the form is saved.
    }
  };
  const warning = (field: Field): ReactNode => {
    const duplicate = found[field.code];
    return duplicate && <DuplicateWarning field={field} duplicate={duplicate} />;
  };
  return { look, forget, warning };
}

function DuplicateWarning({ field, duplicate: { customer } }: { field: Field; duplicate: Duplicate }) {
  const { t, text } = useTexts();
  const label = inSentence(text(field.label));
  if (customer === null) return t('customer.takenBySomebody', { field: label });
  return (
    <>
      {t('customer.taken', { field: label })}{' '}
      <Link to="/customers/$id" params={{ id: customer.id }} target="_blank">
        {customer.label ?? customer.id}
      </Link>
    </>
  );
}
