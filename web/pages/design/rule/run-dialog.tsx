import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { definitionsQuery } from '../../../api/definitions.ts';
import { jobQuery } from '../../../api/queries.ts';
import { runRule } from '../../../api/rules.ts';
import { Button, Dialog, Field, Notice, Progress, useErrorText } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { CodeSelect } from './code-select.tsx';

/** Starts the rule for the customers of a segment, now. Who had this occasion already gets nothing twice. */
export function RunDialog({ code, onClose }: { code: string; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const segments = useQuery(definitionsQuery('segments')).data?.filter(({ status }) => status === 'published') ?? [];
  const [segment, setSegment] = useState('');
  const [started, setStarted] = useState<{ customers: number; jobs: string[] }>();
  const [refused, setRefused] = useState<string>();
  const start = async () => {
    setRefused(undefined);
    try {
      setStarted(await runRule(code, segment));
    } catch (error) {
      setRefused(errorText(error));
    }
  };
  return (
    <Dialog
      title={t('rules.run.title')}
      onClose={onClose}
      width={460}
      actions={
        <>
          <Button onClick={onClose}>{t('common.close')}</Button>
          {started === undefined && (
            <Button
              look="primary"
              reason={segment === '' ? t('rules.run.choose') : undefined}
              onClick={() => void start()}
            >
              {t('rules.run.start')}
            </Button>
          )}
        </>
      }
    >
      <div className="run-dialog">
        <p className="quiet">{t('rules.run.about')}</p>
        <Field label={t('rules.run.segment')} error={refused}>
          {(control) => (
            <CodeSelect
              {...control}
              value={segment}
              choices={segments}
              disabled={started !== undefined}
              onChange={setSegment}
            />
          )}
        </Field>
        {segments.length === 0 && <Notice kind="info">{t('rules.run.noSegments')}</Notice>}
        {started !== undefined && <Running {...started} />}
      </div>
    </Dialog>
  );
}

/** How far it has come; large segments are run in parts. */
function Running({ customers, jobs }: { customers: number; jobs: string[] }) {
  const { t } = useTexts();
  const parts = useQueries({ queries: jobs.map((id) => jobQuery(id)) }).map(({ data }) => data);
  const failed = parts.find((job) => job?.status === 'failed');
  if (failed) return <Notice kind="danger">{failed.error}</Notice>;
  const done = parts.filter((job) => job?.status === 'done');
  if (done.length < jobs.length) return <Progress share={done.length / jobs.length} label={t('rules.run.title')} />;
  const alerts = done.reduce((sum, job) => sum + ((job?.result as { alerts?: number } | null)?.alerts ?? 0), 0);
  return <Notice kind="info">{t('rules.run.doneWith', { count: alerts, customers })}</Notice>;
}
