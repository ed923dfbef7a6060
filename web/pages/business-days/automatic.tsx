import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type AutomaticDays, automaticDaysQuery, setAutomaticDays } from '../../api/oversight.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, Dialog, Field, Notice, Segmented, Switch, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Whether days run by themselves, and what was missed. */
export function Automatic() {
  const { t } = useTexts();
  const mayRun = useMay('days.run');
  const { data } = useQuery(automaticDaysQuery);
  const [asking, setAsking] = useState(false);
  if (!data) return null;
  const { enabled, at, date, missed } = data;
  return (
    <div className="side-part days-automatic">
      <span>
        <strong>{t('oversight.automatic.title')}</strong>{' '}
        <span className="quiet">
          {enabled
            ? t('oversight.automatic.on', { at, date: t(`oversight.automatic.${date}`) })
            : t('oversight.automatic.off')}
        </span>{' '}
        {mayRun && <Button onClick={() => setAsking(true)}>{t('oversight.automatic.change')}</Button>}
      </span>
      {missed.length > 0 && (
        <Notice kind="warn">
          {t('oversight.automatic.missed', { count: missed.length, from: missed[0], to: missed.at(-1) })}
        </Notice>
      )}
      {asking && <Setting known={data} onClose={() => setAsking(false)} />}
    </div>
  );
}

function Setting({ known, onClose }: { known: AutomaticDays; onClose: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const [enabled, setEnabled] = useState(known.enabled);
  const [at, setAt] = useState(known.at);
  const [date, setDate] = useState(known.date);
  const [refused, setRefused] = useState<string>();
  const isTime = /^([01]\d|2[0-3]):[0-5]\d$/.test(at);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isTime) return;
    try {
      queries.setQueryData(automaticDaysQuery.queryKey, await setAutomaticDays({ enabled, at, date }));
      toast(t('common.saved'));
      onClose();
    } catch (error) {
      setRefused(errorText(error));
    }
  };
  return (
    <Dialog
      title={t('oversight.automatic.title')}
      onClose={onClose}
      width={440}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="automatic-days">
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form id="automatic-days" className="stack" onSubmit={(event) => void submit(event)} noValidate>
        {refused !== undefined && <Notice kind="danger">{refused}</Notice>}
        <Switch checked={enabled} onChange={setEnabled} label={t('oversight.automatic.enabled')} />
        <Field label={t('oversight.automatic.at')} error={isTime ? undefined : t('oversight.automatic.wrongTime')}>
          {(control) => <TextInput {...control} value={at} onChange={(event) => setAt(event.target.value)} />}
        </Field>
        <Segmented
          label={t('oversight.automatic.date')}
          value={date}
          onChange={setDate}
          choices={[
            { value: 'yesterday', label: t('oversight.automatic.yesterday') },
            { value: 'today', label: t('oversight.automatic.today') },
          ]}
        />
        <p className="faint">{t('oversight.automatic.help')}</p>
      </form>
    </Dialog>
  );
}
