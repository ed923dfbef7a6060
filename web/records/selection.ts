import { useCallback, useEffect, useMemo, useState } from 'react';

/** Rows chosen for one act: some of those that were seen, or all that the question finds, seen or not. */
export interface Selection {
  ids: ReadonlySet<string>;
  all: boolean;
  has(id: string): boolean;
  toggle(id: string, on: boolean): void;
  toggleAll(on: boolean): void;
  clear(): void;
}

/** Rows picked one by one; more are chosen by the question. */
export const PICKED_MAX = 1_000;

const NONE: ReadonlySet<string> = new Set();

/** The selection of a list; another question begins with none. */
export function useSelection(question: string): Selection {
  const [ids, setIds] = useState(NONE);
  const [all, setAll] = useState(false);
  const clear = useCallback(() => {
    setIds(NONE);
    setAll(false);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen belongs to the question
  useEffect(clear, [question, clear]);
  const toggle = useCallback((id: string, on: boolean) => {
    setAll(false);
    setIds((before) => {
      const next = new Set(before);
      if (on && next.size < PICKED_MAX) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);
  const toggleAll = useCallback((on: boolean) => {
    setIds(NONE);
    setAll(on);
  }, []);
  return useMemo(
    () => ({ ids, all, has: (id: string) => all || ids.has(id), toggle, toggleAll, clear }),
    [ids, all, toggle, toggleAll, clear],
  );
}
