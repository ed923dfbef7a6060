import { type ReactNode, useState } from 'react';
import { Button } from '../../kit/kit.ts';
import { useMedia } from '../../kit/use-media.ts';
import { useTexts } from '../../texts/texts.ts';

interface SomeProps<R> {
  rows: R[];
  /** So many are shown until all are asked for. */
  atFirst: number;
  children: (rows: R[]) => ReactNode;
}

/** The first rows, and all of them at a press or on paper: two hundred holdings must not bury what stands below. */
export function Some<R>({ rows, atFirst, children }: SomeProps<R>) {
  const { t } = useTexts();
  const [wanted, setWanted] = useState(false);
  const printed = useMedia('print');
  const all = wanted || printed;
  return (
    <>
      {children(all ? rows : rows.slice(0, atFirst))}
      {rows.length > atFirst && (
        <Button look="quiet" className="some-more" onClick={() => setWanted(!wanted)} aria-expanded={all}>
          {all ? t('customer.showFewer') : t('customer.showAll', { count: rows.length })}
        </Button>
      )}
    </>
  );
}
