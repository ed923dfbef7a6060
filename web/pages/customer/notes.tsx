import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { patch, post } from '../../api/client.ts';
import { profileQuery } from '../../api/customer.ts';
import { useEntityByCode } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { Button, DateText, IconButton, Notice, toast, useErrorText } from '../../kit/kit.ts';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';
import { Some } from './some.tsx';

const NOTES_AT_FIRST = 5;

/** Remarks of colleagues, pinned ones first, and the place to write one more. */
export function Notes({ customer, notes }: { customer: string; notes: Row[] }) {
  const { t } = useTexts();
  const entity = useEntityByCode('note');
  return (
    <Block title={t('customer.notes')} count={notes.length} className="notes">
      {entity?.access.create && <NewNote customer={customer} />}
      {notes.length === 0 ? (
        !entity?.access.create && <Nothing>{t('customer.noNotes')}</Nothing>
      ) : (
        <Some rows={notes} atFirst={NOTES_AT_FIRST}>
          {(some) => (
            <ul>
              {some.map((note) => (
                <Note key={note.id} customer={customer} note={note} mayPin={entity?.access.update === true} />
              ))}
            </ul>
          )}
        </Some>
      )}
    </Block>
  );
}

function NewNote({ customer }: { customer: string }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const entity = useEntityByCode('note');
  const max = entity?.fields.find(({ code }) => code === 'text')?.max_length;
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() === '' || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await post('/notes', { customer, text: text.trim() });
      await queries.invalidateQueries({ queryKey: profileQuery(customer).queryKey });
      setText('');
      toast(t('customer.noteAdded'));
    } catch (error) {
      // What was typed stays, so that nothing is lost.
      setProblem(errorText(error));
    }
    setBusy(false);
  };
  return (
    <form className="new-note" onSubmit={(event) => void save(event)}>
      <textarea
        className="input"
        rows={1}
        maxLength={max}
        aria-label={t('customer.noteText')}
        placeholder={t('customer.noteText')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
        }}
      />
      {problem && <Notice kind="danger">{problem}</Notice>}
      {text.trim() !== '' && (
        <Button type="submit" look="primary" busy={busy}>
          {t('customer.noteAdd')}
        </Button>
      )}
    </form>
  );
}

function Note({ customer, note, mayPin }: { customer: string; note: Row; mayPin: boolean }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const pinned = note.pinned === true;
  const pin = async () => {
    try {
      await patch(`/notes/${note.id}`, { version: note.version, pinned: !pinned });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await queries.invalidateQueries({ queryKey: profileQuery(customer).queryKey });
  };
  const at = note.createdAt ?? note.created_at;
  return (
    <li className="note" data-pinned={pinned ? '' : undefined}>
      <p className="long-text">{String(note.text ?? '')}</p>
      <footer className="faint">
        {isReference(note.author) && <span>{note.author.label}</span>}
        {typeof at === 'string' && <DateText value={at} />}
        {pinned && <span className="note-pinned">{t('customer.pinned')}</span>}
        {mayPin && (
          <IconButton
            icon="pin"
            label={pinned ? t('customer.noteUnpin') : t('customer.notePin')}
            aria-pressed={pinned}
            className="note-pin"
            onClick={() => void pin()}
          />
        )}
      </footer>
    </li>
  );
}
