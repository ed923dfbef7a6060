import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { jobQuery } from '../../../api/queries.ts';
import { decideWaiting, waitingQuery } from '../../../api/rules.ts';
import { Button, Confirm, Notice, useErrorText } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';

type Step = 'release' | 'discard';

/** What waits above the limit of the rule, by business date, with what a person may decide about it. */
export function WaitingAlerts({ code, mayDecide }: { code: string; mayDecide: boolean }) {
  const rows = useQuery(waitingQuery(code)).data?.rows ?? [];
  return rows.map((row) => <WaitingDate key={row.date} code={code} {...row} mayDecide={mayDecide} />);
}

interface DateProps {
  code: string;
  date: string;
  waiting: number;
  mayDecide: boolean;
}

function WaitingDate({ code, date, waiting, mayDecide }: DateProps) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const [asked, setAsked] = useState<Step>();
  const [job, setJob] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const decide = async (step: Step) => {
    setAsked(undefined);
    setRefused(undefined);
    try {
      const decided = await decideWaiting(code, step, date);
      if (decided.job) setJob(decided.job);
      else await queries.invalidateQueries({ queryKey: waitingQuery(code).queryKey });
    } catch (error) {
      setRefused(errorText(error));
    }
  };
  return (
    <Notice kind="warn">
      {t('rules.waiting.told', { date, count: waiting, figure: String(waiting) })}{' '}
      {mayDecide && job === undefined && (
        <>
          <Button onClick={() => setAsked('release')}>{t('rules.waiting.release')}</Button>{' '}
          <Button look="quiet" onClick={() => setAsked('discard')}>
            {t('rules.waiting.discard')}
          </Button>
        </>
      )}
      {job !== undefined && <Releasing job={job} code={code} />}
      {refused}
      {asked && (
        <Confirm
          title={t(`rules.waiting.${asked}`)}
          text={t(`rules.waiting.${asked}About`, { date, count: waiting, figure: String(waiting) })}
          yes={t(`rules.waiting.${asked}`)}
          danger={asked === 'discard'}
          onYes={() => void decide(asked)}
          onNo={() => setAsked(undefined)}
        />
      )}
    </Notice>
  );
}

/** Until it is done; what waits is then asked for anew. */
function Releasing({ job, code }: { job: string; code: string }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { data } = useQuery(jobQuery(job));
  const ended = data?.status === 'done';
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: waitingQuery(code).queryKey });
  }, [ended, queries, code]);
  return <span className="quiet">{data?.status === 'failed' ? data.error : t('rules.waiting.releasing')}</span>;
}
