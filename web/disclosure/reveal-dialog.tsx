import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import {
  askReveal,
  endReveal,
  type Place,
  type RevealOptions,
  type RevealPurpose,
  readRevealed,
  revealOptionsQuery,
  revealQuery,
  type Shown,
} from '../api/disclosure.ts';
import type { Field as FieldOf } from '../api/types.ts';
import {
  Button,
  Dialog,
  ErrorState,
  Field,
  Notice,
  Select,
  Skeleton,
  Switch,
  TextInput,
  toast,
  useErrorText,
} from '../kit/kit.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import { ShownValue } from './shown-value.tsx';
import './disclosure.css';

const MINUTES = [5, 10, 15, 30, 60];
const MINUTES_USUAL = 10;

/** Asks what for, waits for approval where it takes one, and shows the value for its time. */
export function RevealDialog({ place, field, onClose }: { place: Place; field: FieldOf; onClose: () => void }) {
  const { t, text } = useTexts();
  const options = useQuery(revealOptionsQuery(place));
  const [asked, setAsked] = useState<string>();
  const id = asked ?? options.data?.open?.id;
  return (
    <Dialog title={t('disclosure.title', { field: inSentence(text(field.label)) })} onClose={onClose} width={440}>
      {id !== undefined ? (
        <OpenReveal key={id} id={id} field={field} onClose={onClose} />
      ) : options.error ? (
        <ErrorState error={options.error} onRetry={() => void options.refetch()} />
      ) : options.data ? (
        <Ask place={place} options={options.data} onAsked={setAsked} />
      ) : (
        <Skeleton lines={5} />
      )}
    </Dialog>
  );
}

function Ask({ place, options, onAsked }: { place: Place; options: RevealOptions; onAsked: (id: string) => void }) {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const [code, setCode] = useState(options.purposes[0]?.code ?? '');
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [wanted, setWanted] = useState(MINUTES_USUAL);
  const [emergency, setEmergency] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const purpose = options.purposes.find((each) => each.code === code);
  if (options.blocked) return <Notice kind="warn">{options.blocked}</Notice>;
  if (!purpose) return null;
  const minutes = Math.min(wanted, purpose.minutesMax);
  const urgent = emergency && purpose.emergency;
  const missing = reason.trim().length < 2 || (purpose.ticket && ticket.trim() === '');

  const ask = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const reveal = await askReveal({
        ...place,
        purpose: code,
        reason: reason.trim(),
        minutes,
        ...(ticket.trim() === '' ? {} : { ticket: ticket.trim() }),
        ...(urgent ? { emergency: true } : {}),
      });
      onAsked(reveal.id);
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };

  return (
    <form
      className="form-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing && !busy) void ask();
      }}
    >
      <Field label={t('disclosure.purpose')} required>
        {(control) => (
          <Select
            {...control}
            value={code}
            choices={options.purposes.map((each) => ({ value: each.code, label: text(each.label) }))}
            onChange={setCode}
          />
        )}
      </Field>
      <Field label={t('disclosure.reason')} required help={t('disclosure.reasonHint')}>
        {(control) => (
          <TextInput {...control} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      <div className="form-pair">
        <Field label={t('disclosure.minutes')}>
          {(control) => (
            <Select
              {...control}
              value={String(minutes)}
              choices={[...new Set([...MINUTES.filter((each) => each <= purpose.minutesMax), purpose.minutesMax])]
                .sort((a, b) => a - b)
                .map((each) => ({ value: String(each), label: t('disclosure.minutesValue', { count: each }) }))}
              onChange={(value) => setWanted(Number(value))}
            />
          )}
        </Field>
        <Field label={t('disclosure.ticket')} required={purpose.ticket}>
          {(control) => (
            <TextInput {...control} value={ticket} maxLength={60} onChange={(event) => setTicket(event.target.value)} />
          )}
        </Field>
      </div>
      <Consequence purpose={purpose} urgent={urgent} />
      {purpose.emergency && (
        <div>
          <Switch checked={emergency} onChange={setEmergency} label={t('disclosure.emergency')} />
          <p className="field-help">{t('disclosure.emergencyHint')}</p>
        </div>
      )}
      {problem && <Notice kind="danger">{problem}</Notice>}
      <footer className="form-foot">
        <Button
          look="primary"
          type="submit"
          icon={purpose.approval && !urgent ? 'check' : 'eye'}
          busy={busy}
          disabled={missing}
        >
          {purpose.approval && !urgent ? t('disclosure.submit') : t('disclosure.look')}
        </Button>
      </footer>
    </form>
  );
}

/** Tells before anything is asked what it will take, and who will look at it afterwards. */
function Consequence({ purpose, urgent }: { purpose: RevealPurpose; urgent: boolean }) {
  const { t, text } = useTexts();
  const waits = purpose.approval && !urgent;
  return (
    <Notice kind={waits ? 'warn' : 'info'}>
      {waits ? t('disclosure.needsApproval') : t('disclosure.immediate')}
      {' · '}
      {text(purpose.rule)}
      {' · '}
      {purpose.review === 'each' || urgent ? t('disclosure.reviewEach') : t('disclosure.reviewSummary')}
    </Notice>
  );
}

/** A request under way: waits, or shows the value; hides it the moment it is over or taken back. */
function OpenReveal({ id, field, onClose }: { id: string; field: FieldOf; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const { data, error, refetch } = useQuery(revealQuery(id));
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<string>();
  const state = data?.state;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each reading is an event of the audit, so once a showing
  useEffect(() => {
    if (state !== 'active') {
      setShown(undefined);
      return;
    }
    let gone = false;
    readRevealed(id).then(
      (answer) => !gone && setShown(answer),
      (failure: unknown) => !gone && setProblem(errorText(failure)),
    );
    return () => {
      gone = true;
    };
  }, [id, state]);

  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  if (problem) return <Notice kind="danger">{problem}</Notice>;
  if (state === 'requested') {
    const withdraw = () =>
      endReveal(id).then(
        () => {
          toast(t('disclosure.withdrawn'));
          onClose();
        },
        (failure: unknown) => toast(errorText(failure), 'problem'),
      );
    return (
      <div className="form-stack">
        <Notice kind="info">
          <strong>{t('disclosure.waiting')}</strong>
          <p>{t('disclosure.waitingHint')}</p>
        </Notice>
        <p className="quiet">{data.reason}</p>
        <footer className="form-foot">
          <Button icon="undo" onClick={() => void withdraw()}>
            {t('disclosure.withdraw')}
          </Button>
        </footer>
      </div>
    );
  }
  if (state !== 'active') return <Notice kind="warn">{t('disclosure.over')}</Notice>;
  if (!shown) return <Skeleton lines={3} />;
  return <ShownValue shown={shown} field={field} onOver={() => setShown(undefined)} onHide={onClose} />;
}
