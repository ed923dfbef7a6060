import { lazy, Suspense, useState } from 'react';
import type { ListQuestion } from '../../api/queries.ts';
import { useMay } from '../../app/permissions.ts';
import { Button } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const SegmentDialog = lazy(() => import('./segment-dialog.tsx').then((module) => ({ default: module.SegmentDialog })));

/** Offers to keep the filter of the list as a segment, to who may propose one, as soon as there is a filter. */
export function SaveAsSegment({ question }: { question: ListQuestion }) {
  const { t } = useTexts();
  const may = useMay('segments.propose');
  const [open, setOpen] = useState(false);
  if (!may || (question.filter ?? []).length === 0) return null;
  return (
    <>
      <Button className="list-act" aria-label={t('design.proposal.open')} icon="filter" onClick={() => setOpen(true)}>
        {t('design.proposal.open')}
      </Button>
      {open && (
        <Suspense>
          <SegmentDialog question={question} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
