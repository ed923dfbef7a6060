import { createContext, useContext, useEffect } from 'react';

/** Tells whether the text of a part is whole and right. */
export const ReadyContext = createContext<(path: string, isReady: boolean) => void>(() => {});

/** For one part; a part that goes leaves nothing unfinished behind. */
export function useReady(path: string): (isReady: boolean) => void {
  const tell = useContext(ReadyContext);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the part goes, whoever listens then
  useEffect(() => () => tell(path, true), [path]);
  return (isReady) => tell(path, isReady);
}
