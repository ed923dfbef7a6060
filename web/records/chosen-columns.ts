import { useState } from 'react';
import { useSession } from '../api/hooks.ts';

/** The columns this person chose for an entity, kept on this device. */
export function useChosenColumns(entityCode: string): [string[] | undefined, (codes: string[] | undefined) => void] {
  const { user } = useSession();
  const key = `tongguan.columns.${user.id}.${entityCode}`;
  const [kept, setKept] = useState({ key, codes: read(key) });
  const codes = kept.key === key ? kept.codes : read(key);
  const choose = (next: string[] | undefined) => {
    if (next) localStorage.setItem(key, next.join(','));
    else localStorage.removeItem(key);
    setKept({ key, codes: next });
  };
  return [codes, choose];
}

function read(key: string): string[] | undefined {
  const stored = localStorage.getItem(key);
  return stored === null || stored === '' ? undefined : stored.split(',');
}
