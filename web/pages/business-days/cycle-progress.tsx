import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { jobQuery, sessionQuery } from '../../api/queries.ts';
import { Button, Notice, Progress } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** How far a run of days has come; what it has changed is asked for again as it goes. */
export function CycleProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { data: job, error } = useQuery(jobQuery(id));
  const status = job?.status;
  const progress = job?.progress ?? {};
  const date = typeof progress.date === 'string' ? progress.date : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each day that is done is a reason to ask again
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['business-days'] });
    // The business date of the header moves on with the last day.
    if (status === 'done') void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }, [queries, status, date]);

  if (error) return null;
  const close = <Button onClick={onClose}>{t('common.close')}</Button>;
  if (status === 'failed') {
    return (
      <div className="side-part">
        <Notice kind="danger" action={close}>
          {job?.error}
        </Notice>
      </div>
    );
  }
  if (status === 'done') {
    return (
      <div className="side-part">
        <Notice kind="ok" action={close}>
          {t('days.finished')}
        </Notice>
      </div>
    );
  }
  const [done, all] = [Number(progress.done), Number(progress.total)];
  const share = all > 0 && Number.isFinite(done) ? done / all : null;
  return (
    <div className="side-part" role="status">
      <p className="live">
        <span>{date ? t('days.runningDate', { date }) : t('days.waiting')}</span>
        {share !== null && (
          <strong>
            {done} / {all}
          </strong>
        )}
      </p>
      <Progress share={share} label={t('days.title')} />
    </div>
  );
}
