import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatInstant } from '#kernel';
import { decide, type Export, endReveal, inboxQuery, type Reveal, review } from '../api/disclosure.ts';
import { useInstitution } from '../api/hooks.ts';
import { Badge, Button, DateText, Dialog, Field, TextInput, toast, useErrorText } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { stateColours, useRequestWords } from './words.ts';
import './disclosure.css';

type Question = 'refuse' | 'revoke' | 'misuse';
type Done = Question | 'approve' | 'in_order';

/** What became active was approved by somebody, or opened at once. */
const stepWord = ({ state, by }: Reveal['steps'][number]) =>
  state === 'active' ? (by ? 'approved' : 'started') : (state as Reveal['state']);

/** What stands below a request: the reader's own possibilities. */
export type Role = 'approves' | 'reviews' | 'made' | 'looks';

/** One reveal or export that somebody asked for: who, what, why, what became of it, and what the reader can do about it. */
export function RequestItem({ request, role }: { request: Reveal | Export; role: Role }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const words = useRequestWords();
  const client = useQueryClient();
  const errorText = useErrorText();
  const [asking, setAsking] = useState<Question>();
  const [busy, setBusy] = useState(false);

  const act = async (done: Done, call: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await call();
      toast(t(`disclosure.done.${done}`));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    setBusy(false);
    setAsking(undefined);
    await client.invalidateQueries({ queryKey: inboxQuery.queryKey });
  };
  const answer: Record<Question, (note: string) => Promise<unknown>> = {
    refuse: (note) => decide(request.act, request.id, 'refuse', note),
    revoke: (note) => endReveal(request.id, note),
    misuse: (note) => review(request.id, 'misuse', note),
  };
  const open = request.state === 'requested' || request.state === 'active';

  return (
    <article className="request" aria-label={words.sentence(request)}>
      <header className="request-head">
        <Badge colour={request.act === 'reveal' ? 'violet' : 'teal'}>{t(`disclosure.acts.${request.act}`)}</Badge>
        <strong>{words.sentence(request)}</strong>
        <Badge colour={stateColours[request.state]}>{t(`disclosure.states.${request.state}`)}</Badge>
        {request.act === 'reveal' && request.verdict && (
          <Badge colour={request.verdict === 'in_order' ? 'green' : 'red'}>
            {t(`disclosure.states.${request.verdict}`)}
          </Badge>
        )}
        <DateText value={request.requestedAt} />
      </header>
      <p>{request.reason}</p>
      <p className="request-facts">
        <span>{words.purpose(request.purpose)}</span>
        {request.maker?.unit && <span>{request.maker.unit}</span>}
        {request.ticket && (
          <span>
            {t('disclosure.ticket')} {request.ticket}
          </span>
        )}
        {request.act === 'reveal' ? <RevealFacts reveal={request} /> : <ExportFacts request={request} />}
      </p>
      {request.steps.length > 1 && (
        <ul className="request-steps">
          {request.steps.slice(1).map((step) => (
            <li key={`${step.at} ${step.state}`}>
              {formatInstant(step.at, zone)} {step.by} {t(`disclosure.states.${stepWord(step)}`)}
              {step.note && `: ${step.note}`}
            </li>
          ))}
        </ul>
      )}
      <footer className="request-actions">
        {role === 'approves' && (
          <>
            <Button
              look="primary"
              icon="check"
              busy={busy}
              onClick={() => void act('approve', () => decide(request.act, request.id, 'approve'))}
            >
              {t('disclosure.approve')}
            </Button>
            <Button icon="close" disabled={busy} onClick={() => setAsking('refuse')}>
              {t('disclosure.refuse')}
            </Button>
          </>
        )}
        {role === 'reviews' && !open && (
          <>
            <Button
              look="primary"
              icon="check"
              busy={busy}
              onClick={() => void act('in_order', () => review(request.id, 'in_order'))}
            >
              {t('disclosure.inOrder')}
            </Button>
            <Button icon="danger" disabled={busy} onClick={() => setAsking('misuse')}>
              {t('disclosure.misuse')}
            </Button>
          </>
        )}
        {role !== 'made' && request.act === 'reveal' && request.state === 'active' && (
          <Button look="danger" icon="close" disabled={busy} onClick={() => setAsking('revoke')}>
            {t('disclosure.revoke')}
          </Button>
        )}
        {role === 'made' && open && (
          <Button icon="undo" busy={busy} onClick={() => void act('revoke', () => endReveal(request.id))}>
            {request.state === 'requested' ? t('disclosure.withdraw') : t('disclosure.revoke')}
          </Button>
        )}
      </footer>
      {asking && (
        <NoteDialog
          title={t(`disclosure.noteFor.${asking}`)}
          busy={busy}
          onClose={() => setAsking(undefined)}
          onNote={(note) => void act(asking, () => answer[asking](note))}
        />
      )}
    </article>
  );
}

function RevealFacts({ reveal }: { reveal: Reveal }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const { customer, reviewDueAt } = reveal;
  return (
    <>
      <span>{t('disclosure.minutesValue', { count: reveal.minutes })}</span>
      {customer && (
        <Link to="/customers/$id" params={{ id: customer.id }} className="reference">
          {customer.label ?? customer.id}
        </Link>
      )}
      {reveal.startedAt && <span>{t('disclosure.shownTimes', { count: reveal.valuesShown })}</span>}
      {reveal.path === 'emergency' && <span className="request-late">{t('disclosure.emergency')}</span>}
      {reveal.paged && <span className="request-late">{t('disclosure.paged')}</span>}
      {reveal.told.length > 0 && (
        <span>
          {t('disclosure.told', { names: reveal.told.map(({ name }) => name).join(t('disclosure.between')) })}
        </span>
      )}
      {reveal.overdue ? (
        <span className="request-late">{t('disclosure.reviewOverdue')}</span>
      ) : (
        reviewDueAt &&
        !reveal.reviewedAt && <span>{t('disclosure.reviewDue', { at: formatInstant(reviewDueAt, zone) })}</span>
      )}
    </>
  );
}

function ExportFacts({ request }: { request: Export }) {
  const { t } = useTexts();
  const words = useRequestWords();
  return (
    <>
      <span>{t('disclosure.level', { level: request.level })}</span>
      <span>{request.format.toUpperCase()}</span>
      <span>{t('disclosure.columnsOf', { fields: words.columns(request) })}</span>
    </>
  );
}

interface NoteProps {
  title: string;
  busy: boolean;
  onClose: () => void;
  onNote: (note: string) => void;
}

function NoteDialog({ title, busy, onClose, onNote }: NoteProps) {
  const { t } = useTexts();
  const [note, setNote] = useState('');
  const given = note.trim() !== '';
  return (
    <Dialog
      title={title}
      onClose={onClose}
      width={400}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" busy={busy} disabled={!given} onClick={() => onNote(note.trim())}>
            {t('common.confirm')}
          </Button>
        </>
      }
    >
      <Field label={t('disclosure.note')} required>
        {(control) => (
          <TextInput {...control} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
