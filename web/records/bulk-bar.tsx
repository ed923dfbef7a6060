import { lazy, Suspense, useState } from 'react';
import { formatCount } from '#kernel';
import type { ListQuestion } from '../api/queries.ts';
import type { Entity } from '../api/types.ts';
import { Button } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import type { Selection } from './selection.ts';

const BulkDialog = lazy(() => import('./bulk-dialog.tsx').then((module) => ({ default: module.BulkDialog })));

interface BulkBarProps {
  entity: Entity;
  question: ListQuestion;
  selection: Selection;
}

/** What may be done with the rows chosen; there while some are. */
export function BulkBar({ entity, question, selection }: BulkBarProps) {
  const { t } = useTexts();
  const [act, setAct] = useState<'task' | 'update'>();
  if (!selection.all && selection.ids.size === 0) return null;
  return (
    <div className="bulk-bar" role="toolbar" aria-label={t('bulk.title')}>
      <strong>
        {selection.all ? t('bulk.allChosen') : t('bulk.chosen', { total: formatCount(selection.ids.size) })}
      </strong>
      <Button icon="dayPlan" onClick={() => setAct('task')}>
        {t('bulk.task')}
      </Button>
      <Button icon="edit" onClick={() => setAct('update')}>
        {t('bulk.update')}
      </Button>
      <span className="bulk-space" />
      <Button look="quiet" onClick={selection.clear}>
        {t('bulk.clear')}
      </Button>
      {act && (
        <Suspense>
          <BulkDialog
            entity={entity}
            question={question}
            selection={selection}
            kind={act}
            onClose={(done) => {
              setAct(undefined);
              if (done) selection.clear();
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
