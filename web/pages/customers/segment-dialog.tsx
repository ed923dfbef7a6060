import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount } from '#kernel';
import { definitionsQuery, proposalQuery, proposeSegment } from '../../api/definitions.ts';
import type { ListQuestion } from '../../api/queries.ts';
import { Button, Dialog, ErrorState, Field, Notice, Skeleton, TextInput, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { codeFor } from '../design/kinds.ts';

/** Keeps the filter of the customer list as the draft of a segment: the condition in words, what it leaves out and why, a name. */
export function SegmentDialog({ question, onClose }: { question: ListQuestion; onClose: () => void }) {
  const { t, text, language } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const asked = { filter: question.filter ?? [], ...(question.q ? { q: question.q } : {}) };
  const proposal = useQuery(proposalQuery(asked));
  const known = useQuery(definitionsQuery('segments'));
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { condition = '', sentence, left = [], issues = [], count } = proposal.data ?? {};
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const given = name.trim();
      const code = codeFor('segments', given, new Set(known.data?.map((each) => each.code)));
      await proposeSegment({
        ...asked,
        code,
        label: { zh: given, en: given },
        partial: left.length > 0,
        note: note.trim(),
      });
      await queries.invalidateQueries({ queryKey: definitionsQuery('segments').queryKey });
      await navigate({ to: '/design/$kind/$code', params: { kind: 'segments', code } });
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };
  const ready = condition !== '' && issues.length === 0 && known.data !== undefined && name.trim() !== '';
  return (
    <Dialog
      title={t('design.proposal.title')}
      onClose={onClose}
      width={540}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="segment-of-list" busy={busy} disabled={!ready}>
            {t('design.proposal.save')}
          </Button>
        </>
      }
    >
      <form
        id="segment-of-list"
        className="form-stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void save();
        }}
      >
        {proposal.isPending && <Skeleton lines={2} />}
        {proposal.isError && <ErrorState error={proposal.error} onRetry={() => void proposal.refetch()} />}
        {condition !== '' && (
          <div className="segment-condition">
            <p>{sentence ? text(sentence) : condition}</p>
            {count && (
              <p className="quiet">
                {t('design.proposal.count', { total: `${formatCount(count.count)}${count.capped ? '+' : ''}` })}
              </p>
            )}
          </div>
        )}
        {left.length > 0 && (
          <Notice kind="warn">
            <p>{condition === '' ? t('design.proposal.nothing') : t('design.proposal.left')}</p>
            <ul>
              {left.map((each) => (
                <li key={each.filter}>
                  {text(each.label)}
                  {language === 'zh' ? '：' : ': '}
                  {text(each.reason)}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {issues.map(({ message }) => (
          <Notice key={message.en} kind="danger">
            {text(message)}
          </Notice>
        ))}
        <Field label={t('design.proposal.name')} required>
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('design.proposal.note')} help={t('design.proposal.noteHelp')}>
          {(control) => (
            <TextInput {...control} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
        {problem && <Notice kind="danger">{problem}</Notice>}
      </form>
    </Dialog>
  );
}
