import { useQuery } from '@tanstack/react-query';
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
  const [started, setStarted] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const start = async () => {
    setRefused(undefined);
    try {
      setStarted((await runRule(code, segment)).job);
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
      {started !== undefined && <Running job={started} />}
    </Dialog>
  );
}

function Running({ job: id }: { job: string }) {
  const { t } = useTexts();
  const { data: job } = useQuery(jobQuery(id));
  if (job?.status === 'failed') return <Notice kind="danger">{job.error}</Notice>;
  if (job?.status === 'done') {
    const alerts = (job.result as { alerts?: number } | null)?.alerts;
    return (
      <Notice kind="info">
        {alerts === undefined ? t('rules.run.done') : t('rules.run.doneWith', { count: alerts })}
      </Notice>
    );
  }
  return <Progress share={null} label={t('rules.run.title')} />;
}
