import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { isDate } from '#kernel';
import { isApiError, post } from '../../api/client.ts';
import type { Upload } from '../../api/gateway.ts';
import { loadFoldersQuery, loadMappingsQuery, loadRunsQuery } from '../../api/queries.ts';
import type { LoadRun } from '../../api/types.ts';
import {
  Button,
  DateInput,
  Dialog,
  ErrorState,
  Field,
  Notice,
  Segmented,
  Select,
  Skeleton,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { FileDrop } from './file-drop.tsx';
import { holds } from './sums.ts';

interface StartLoadProps {
  onClose: () => void;
  onStarted: (run: LoadRun) => void;
}

/** Starts a load: which mapping reads which folder of the server. */
export function StartLoad({ onClose, onStarted }: StartLoadProps) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const mappings = useQuery(loadMappingsQuery);
  const folders = useQuery(loadFoldersQuery);
  const [code, setCode] = useState<string>();
  const [path, setPath] = useState<string>();
  const [date, setDate] = useState('');
  const [from, setFrom] = useState<'upload' | 'folder'>('upload');
  const [upload, setUpload] = useState<Upload>();
  const [force, setForce] = useState(false);
  const [problem, setProblem] = useState<{ field?: string | undefined; message: string }>();
  const [busy, setBusy] = useState(false);

  // What is offered first is a mapping whose files lie ready, and the folder where they do.
  const ready = (mappings.data ?? []).find((each) => folders.data?.some((folder) => holds(folder, each)));
  const mapping = mappings.data?.find((each) => each.code === code) ?? ready ?? mappings.data?.[0];
  const fitting = mapping && folders.data?.find((folder) => holds(folder, mapping));
  const folder = folders.data?.find((each) => each.folder === path) ?? fitting ?? folders.data?.[0];
  const missing = mapping && folder && !holds(folder, mapping);
  const lacks =
    mappings.data?.length === 0 ? t('loads.noMappings') : folders.data?.length === 0 ? t('loads.noFolders') : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!mapping || (from === 'upload' ? !upload : !folder)) return;
    if (date !== '' && !isDate(date)) {
      setProblem({ field: 'date', message: t('record.notDate') });
      return;
    }
    setBusy(true);
    try {
      const run = await post<LoadRun>('/load-runs', {
        mapping: mapping.code,
        ...(from === 'upload' ? { upload: upload!.id } : { folder: folder!.folder }),
        ...(force ? { force } : {}),
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
  const error = mappings.error ?? folders.error;

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
            reason={lacks}
            disabled={!mapping || (from === 'upload' ? !upload : !folder)}
          >
            {t('common.start')}
          </Button>
        </>
      }
    >
      {error ? (
        <ErrorState error={error} />
      ) : !mappings.data || !folders.data ? (
        <Skeleton lines={5} />
      ) : (
        <form id="start-load" className="stack" onSubmit={(event) => void submit(event)} noValidate>
          {problem && !isPlaced && <Notice kind="danger">{problem.message}</Notice>}
          {lacks !== undefined && <Notice kind="info">{lacks}</Notice>}
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
                choices={mappings.data.map((each) => ({ value: each.code, label: text(each.label) }))}
                onChange={(next) => {
                  setCode(next);
                  setPath(undefined);
                }}
              />
            )}
          </Field>
          <Segmented
            label={t('loads.files')}
            value={from}
            choices={[
              { value: 'upload', label: t('gateway.upload') },
              { value: 'folder', label: t('gateway.serverFolder') },
            ]}
            onChange={setFrom}
          />
          {from === 'upload' ? (
            <FileDrop purpose="load" upload={upload} onSent={setUpload} />
          ) : (
            <Field label={t('loads.folder')} help={t('loads.folderHelp')} error={wrong('folder')} required>
              {(control) => (
                <Select
                  {...control}
                  value={folder?.folder ?? ''}
                  choices={folders.data.map((each) => ({
                    value: each.folder,
                    label: t('loads.folderFiles', { folder: each.folder, files: each.files.length }),
                  }))}
                  onChange={setPath}
                />
              )}
            </Field>
          )}
          <Field label={t('loads.date')} help={t('loads.dateHelp')} error={wrong('date')}>
            {(control) => <DateInput {...control} value={date} onChange={setDate} />}
          </Field>
          {mapping && mapping.files.length > 0 && (
            <div>
              <h3>{t('loads.expects')}</h3>
              <p className="mono load-files">
                {[...new Set(mapping.files.map(({ file }) => file))].map((file) => (
                  <span key={file}>{file}</span>
                ))}
              </p>
            </div>
          )}
          {from === 'folder' && missing && <Notice kind="warn">{t('loads.filesMissing')}</Notice>}
          <label className="check-line">
            <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
            <span>{t('gateway.force')}</span>
          </label>
        </form>
      )}
    </Dialog>
  );
}
