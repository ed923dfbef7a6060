import { lazy, Suspense, useState } from 'react';
import { formatCount } from '#kernel';
import type { ListQuestion } from '../api/queries.ts';
import type { Entity } from '../api/types.ts';
import { useMay } from '../app/permissions.ts';
import { Button, type IconName } from '../kit/kit.ts';
import { usePhone } from '../kit/use-phone.ts';
import { useTexts } from '../texts/texts.ts';
import type { BulkKind } from './bulk-dialog.tsx';
import type { Selection } from './selection.ts';

const BulkDialog = lazy(() => import('./bulk-dialog.tsx').then((module) => ({ default: module.BulkDialog })));

const icons: Record<BulkKind, IconName> = { task: 'dayPlan', update: 'edit', tag: 'tag', untag: 'close' };

interface BulkBarProps {
  entity: Entity;
  question: ListQuestion;
  selection: Selection;
}

/** What may be done with the rows chosen; there while some are, and on a phone while rows are being chosen. */
export function BulkBar({ entity, question, selection }: BulkBarProps) {
  const { t } = useTexts();
  const phone = usePhone();
  const tags = useMay('customer_tag.set');
  const [act, setAct] = useState<BulkKind>();
  const isNone = !selection.all && selection.ids.size === 0;
  if (isNone && !phone) return null;
  const acts: BulkKind[] = ['task', 'update', ...(tags ? (['tag', 'untag'] as const) : [])];
  return (
    <div className="bulk-bar" role="toolbar" aria-label={t('bulk.title')}>
      <strong>
        {selection.all ? t('bulk.allChosen') : t('bulk.chosen', { total: formatCount(selection.ids.size) })}
      </strong>
      {phone && !selection.all && (
        <Button look="quiet" onClick={() => selection.toggleAll(true)}>
          {t('bulk.pickAll')}
        </Button>
      )}
      {!isNone && (
        <>
          <span className="bulk-acts">
            {acts.map((kind) => (
              <Button key={kind} icon={icons[kind]} onClick={() => setAct(kind)}>
                {t(`bulk.${kind}`)}
              </Button>
            ))}
          </span>
          <span className="bulk-space" />
          <Button look="quiet" onClick={selection.clear}>
            {t('bulk.clear')}
          </Button>
        </>
      )}
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
