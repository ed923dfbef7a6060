import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { addDays, dateIn, daysBetween, isDate } from '#kernel';
import { post } from '../../api/client.ts';
import { useInstitution } from '../../api/hooks.ts';
import { businessDaysQuery } from '../../api/queries.ts';
import { Button, DateInput, Dialog, Field, Notice, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** A replay of history may be long, but not endless: ten years at a time. */
const DAYS_MAX = 3_700;

interface RunDaysProps {
  latest: string | undefined;
  onClose: () => void;
  onStarted: (job: string) => void;
}

/** Runs the cycle for one date or for each date of a range. */
export function RunDays({ latest, onClose, onStarted }: RunDaysProps) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const next = latest ? addDays(latest, 1) : dateIn(zone, new Date());
  const [from, setFrom] = useState(next);
  const [to, setTo] = useState(next);
  const [checked, setChecked] = useState(false);
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);

  const wrongFrom = isDate(from) ? undefined : t('record.notDate');
  const wrongTo = !isDate(to)
    ? t('record.notDate')
    : wrongFrom === undefined && to < from
      ? t('days.rangeWrong')
      : wrongFrom === undefined && daysBetween(from, to) >= DAYS_MAX
        ? t('days.rangeLong', { max: DAYS_MAX })
        : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (wrongFrom ?? wrongTo) return;
    setBusy(true);
    try {
      const { job } = await post<{ job: string }>('/business-days', { from, to });
      void queries.invalidateQueries({ queryKey: businessDaysQuery.queryKey });
      toast(t('days.started', { from, to }));
      onStarted(job);
    } catch (error) {
      setBusy(false);
      setRefused(errorText(error));
    }
  };

  return (
    <Dialog
      title={t('days.runTitle')}
      onClose={onClose}
      width={440}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="run-days" icon="play" busy={busy}>
            {t('days.run')}
          </Button>
        </>
      }
    >
      <form id="run-days" className="stack" onSubmit={(event) => void submit(event)} noValidate>
        {refused !== undefined && <Notice kind="danger">{refused}</Notice>}
        <div className="form-grid">
          <Field label={t('days.from')} error={checked ? wrongFrom : undefined} required>
            {(control) => <DateInput {...control} value={from} onChange={setFrom} />}
          </Field>
          <Field label={t('days.to')} error={checked ? wrongTo : undefined} required>
            {(control) => <DateInput {...control} value={to} onChange={setTo} />}
          </Field>
        </div>
        <p className="faint">{t('days.rangeHelp')}</p>
      </form>
    </Dialog>
  );
}
