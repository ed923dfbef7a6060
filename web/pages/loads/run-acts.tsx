import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { isApiError, post } from '../../api/client.ts';
import { sendFiles } from '../../api/gateway.ts';
import { loadRunQuery, loadRunsQuery, queryClient } from '../../api/queries.ts';
import type { LoadRun } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, DateText, Dialog, Field, Notice, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const REASON_LENGTH_MIN = 2;

/** What is to be said of a run as a whole, and the way to take it back. */
export function RunNotices({ run }: { run: LoadRun }) {
  const { t } = useTexts();
  const mayWithdraw = useMay('loads.withdraw');
  const [asking, setAsking] = useState(false);
  const { withdrawal } = run;
  const other = (id: string) => (
    <Link to="/loads/$id" params={{ id }}>
      {t('gateway.showRun')}
    </Link>
  );
  return (
    <>
      {run.dry && (
        <div className="side-part">
          <Notice kind="info">{t('gateway.dry')}</Notice>
        </div>
      )}
      {run.sameAs && (
        <div className="side-part">
          <Notice kind="info">
            {t('gateway.sameAs')} {other(run.sameAs)}
          </Notice>
        </div>
      )}
      {run.mends && (
        <div className="side-part">
          <Notice kind="info">
            {t('gateway.mendsOf')} {other(run.mends)}
          </Notice>
        </div>
      )}
      {run.status === 'withdrawn' && withdrawal && (
        <div className="side-part">
          <Notice kind="warn">
            <strong>{t('gateway.withdrawn', { by: withdrawal.by, reason: withdrawal.reason })}</strong>{' '}
            <DateText value={withdrawal.at} detail="second" />
            {withdrawal.result && <p>{t('gateway.withdrawnResult', withdrawal.result)}</p>}
          </Notice>
        </div>
      )}
      {run.status === 'done' && withdrawal?.refused && (
        <div className="side-part">
          <Notice kind="danger">
            <p>{t('gateway.refused', { count: withdrawal.refused.kept })}</p>
            <p className="mono faint">
              {withdrawal.refused.sample
                .slice(0, 10)
                .map(({ entity, id }) => `${entity} ${id}`)
                .join(', ')}
            </p>
          </Notice>
        </div>
      )}
      {run.withdrawable && mayWithdraw && (
        <div className="side-part">
          <Button look="danger" icon="undo" onClick={() => setAsking(true)}>
            {t('gateway.withdraw')}
          </Button>
        </div>
      )}
      {asking && <Withdraw run={run} onClose={() => setAsking(false)} />}
    </>
  );
}

function Withdraw({ run, onClose }: { run: LoadRun; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [reason, setReason] = useState('');
  const [skip, setSkip] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const withdraw = async () => {
    setBusy(true);
    try {
      const next = await post<LoadRun>(`/load-runs/${run.id}/withdraw`, { reason, skip });
      queryClient.setQueryData(loadRunQuery(run.id).queryKey, next);
      void queryClient.invalidateQueries({ queryKey: loadRunsQuery.queryKey });
      onClose();
    } catch (error) {
      setBusy(false);
      setProblem(errorText(error));
    }
  };
  return (
    <Dialog
      title={t('gateway.withdrawTitle')}
      width={480}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="danger"
            busy={busy}
            disabled={reason.trim().length < REASON_LENGTH_MIN}
            onClick={() => void withdraw()}
          >
            {t('gateway.withdraw')}
          </Button>
        </>
      }
    >
      <div className="stack">
        {problem && <Notice kind="danger">{problem}</Notice>}
        <p>{t('gateway.withdrawText')}</p>
        <Field label={t('gateway.withdrawReason')} required>
          {(control) => (
            <TextInput {...control} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        {run.withdrawal?.refused && (
          <label className="check-line">
            <input type="checkbox" checked={skip} onChange={(event) => setSkip(event.target.checked)} />
            <span>{t('gateway.withdrawSkip')}</span>
          </label>
        )}
      </div>
    </Dialog>
  );
}

/** Takes the mended rejects file back and loads its rows again. */
export function MendButton({ run }: { run: LoadRun }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const mayRun = useMay('loads.run');
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  if (!mayRun || run.status !== 'done' || run.dry || run.mends || run.rejected === 0) return null;
  const send = async (file: File) => {
    setBusy(true);
    try {
      const upload = await sendFiles([file], 'load', () => {});
      const next = await post<LoadRun>(`/load-runs/${run.id}/mended`, { upload: upload.id });
      void queryClient.invalidateQueries({ queryKey: loadRunsQuery.queryKey });
      await navigate({ to: '/loads/$id', params: { id: next.id } });
    } catch (error) {
      toast(isApiError(error) ? error.message : errorText(error));
    }
    setBusy(false);
  };
  return (
    <>
      <Button icon="load" busy={busy} title={t('gateway.mendHelp')} onClick={() => input.current?.click()}>
        {t('gateway.mend')}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,text/csv"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) void send(file);
        }}
      />
    </>
  );
}
