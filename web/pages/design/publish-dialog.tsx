import { Suspense, useState } from 'react';
import { formatCount } from '#kernel';
import type { Body, DefinitionKind, Preview, Vocabulary } from '../../api/definitions.ts';
import { Button, Dialog, Field, Notice, Skeleton, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Differences } from './parts.ts';

interface PublishDialogProps {
  kind: DefinitionKind;
  /** What is in force; nothing for a first version. */
  before: Body | undefined;
  after: Body;
  preview: Preview | undefined;
  vocabulary: Vocabulary;
  onPublish: (note: string) => void;
  onClose: () => void;
}

/** The last look before a definition is in force for everybody: what changes, whom it touches, and why. */
export function PublishDialog({ kind, before, after, preview, vocabulary, onPublish, onClose }: PublishDialogProps) {
  const { t } = useTexts();
  const [note, setNote] = useState('');
  return (
    <Dialog
      title={t('design.publishTitle')}
      onClose={onClose}
      width={760}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="publish">
            {t('design.publish')}
          </Button>
        </>
      }
    >
      <form
        id="publish"
        className="publish"
        onSubmit={(event) => {
          event.preventDefault();
          onPublish(note.trim());
        }}
      >
        {preview && kind !== 'metrics' && kind !== 'parameters' && (
          <p>
            {t(kind === 'rules' ? 'rules.publishAlerts' : 'design.publishMatches', {
              figure: `${formatCount(preview.matches)}${preview.capped ? '+' : ''}`,
            })}
          </p>
        )}
        {kind === 'metrics' && <Notice kind="info">{t('design.publishMetric')}</Notice>}
        <Suspense fallback={<Skeleton lines={4} />}>
          <Differences kind={kind} before={before} after={after} vocabulary={vocabulary} />
        </Suspense>
        <Field label={t('design.note')} help={t('design.noteHelp')}>
          {(control) => (
            <TextInput
              {...control}
              value={note}
              maxLength={500}
              autoFocus
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
