import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { isDate } from '#kernel';
import { isApiError, post } from '../../api/client.ts';
import { loadRunsQuery } from '../../api/queries.ts';
import type { LoadMapping, LoadRun } from '../../api/types.ts';
import { Button, DateInput, Dialog, Field, Notice, Select, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

interface StartLoadProps {
  mappings: LoadMapping[] | undefined;
  onClose: () => void;
  onStarted: (run: LoadRun) => void;
}

/** Starts a load: which mapping reads which folder. */
export function StartLoad({ mappings, onClose, onStarted }: StartLoadProps) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const [code, setCode] = useState<string>();
  const [folder, setFolder] = useState('');
  const [date, setDate] = useState('');
  const [problem, setProblem] = useState<{ field?: string | undefined; message: string }>();
  const [busy, setBusy] = useState(false);
  const mapping = mappings?.find((each) => each.code === code) ?? mappings?.[0];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!mapping) return;
    if (folder.trim() === '') {
      setProblem({ field: 'folder', message: t('record.requiredField', { field: t('loads.folder') }) });
      return;
    }
    if (date !== '' && !isDate(date)) {
      setProblem({ field: 'date', message: t('record.notDate') });
      return;
    }
    setBusy(true);
    try {
      const run = await post<LoadRun>('/load-runs', {
        mapping: mapping.code,
        folder: folder.trim(),
        ...(date === '' ? {} : { date }),
      });
      void queries.invalidateQueries({ queryKey: loadRunsQuery.queryKey });
      toast(t('loads.started'));
      onStarted(run);
    } catch (error) {
      setBusy(false);
      setProblem({ field: isApiError(error) ? error.field : undefined, message: errorText(error) });
    }
  };
  const wrong = (field: string) => (problem?.field === field ? problem.message : undefined);
  const isPlaced = problem?.field !== undefined && ['mapping', 'folder', 'date'].includes(problem.field);

  return (
    <Dialog
      title={t('loads.start')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="start-load"
            busy={busy}
            reason={mappings?.length === 0 ? t('loads.noMappings') : undefined}
          >
            {t('common.start')}
          </Button>
        </>
      }
    >
      <form id="start-load" className="stack" onSubmit={(event) => void submit(event)} noValidate>
        {problem && !isPlaced && <Notice kind="danger">{problem.message}</Notice>}
        <Field
          label={t('loads.mapping')}
          help={mapping ? text(mapping.description) : undefined}
          error={wrong('mapping')}
          required
        >
          {(control) => (
            <Select
              {...control}
              value={mapping?.code ?? ''}
              choices={(mappings ?? []).map((each) => ({ value: each.code, label: text(each.label) }))}
              onChange={setCode}
            />
          )}
        </Field>
        <Field label={t('loads.folder')} help={t('loads.folderHelp')} error={wrong('folder')} required>
          {(control) => (
            <TextInput
              {...control}
              className="mono"
              autoFocus
              spellCheck={false}
              value={folder}
              onChange={(event) => setFolder(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('loads.date')} help={t('loads.dateHelp')} error={wrong('date')}>
          {(control) => <DateInput {...control} value={date} onChange={setDate} />}
        </Field>
        {mapping && mapping.files.length > 0 && (
          <div>
            <h3>{t('loads.expects')}</h3>
            <p className="mono load-files">
              {mapping.files.map((file) => (
                <span key={typeof file === 'string' ? file : file.file}>
                  {typeof file === 'string' ? file : file.file}
                </span>
              ))}
            </p>
          </div>
        )}
      </form>
    </Dialog>
  );
}
