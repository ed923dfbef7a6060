import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { formatCount } from '#kernel';
import { post } from '../../api/client.ts';
import {
  convertMapping,
  convertText,
  dryRun,
  type InspectedColumn,
  type Inspection,
  inspectUpload,
  type LoadStep,
  type Mapping,
  mappingQuery,
  mappingVersion,
  type PreviewLoad,
  previewUpload,
  saveMapping,
  type Target,
  targetsQuery,
  type Upload,
} from '../../api/gateway.ts';
import { loadMappingsQuery, loadRunQuery, queryClient } from '../../api/queries.ts';
import type { LoadRun } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  Count,
  DateText,
  ErrorState,
  Field,
  KeyFigure,
  Notice,
  PageHead,
  Panel,
  Segmented,
  Select,
  Skeleton,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { FileDrop } from '../loads/file-drop.tsx';
import { total } from '../loads/sums.ts';
import { addFile, emptyMapping, patternOf, retarget } from './draft.ts';
import { FieldRow } from './field-row.tsx';
import { Lookups } from './lookup-rows.tsx';
import { joinedColumns } from './lookups.ts';
import { Preview } from './preview.tsx';
import './mappings.css';
import '../loads/loads.css';

const PREVIEW_PAUSE_MS = 700;

/** Opens a mapping, or an empty one, and makes it: file, columns, fields, preview, trial, saved. */
export function Designer() {
  const { code } = useParams({ from: '/inside/mappings/$code' });
  const isNew = code === 'new';
  const stored = useQuery({ ...mappingQuery(code), enabled: !isNew });
  const targets = useQuery(targetsQuery);
  const error = stored.error ?? targets.error;
  if (error) return <ErrorState error={error} />;
  if (!targets.data || (!isNew && !stored.data)) return <Skeleton lines={10} />;
  return (
    <Design
      key={`${code} ${stored.data?.version ?? 0}`}
      targets={targets.data}
      mapping={stored.data?.mapping ?? emptyMapping()}
      text={stored.data?.text ?? ''}
      version={stored.data?.version ?? 0}
      versions={stored.data?.versions ?? []}
    />
  );
}

interface DesignProps {
  targets: Target[];
  mapping: Mapping;
  text: string;
  version: number;
  versions: { version: number; note: string | null; createdAt: string; createdBy: string }[];
}

function Design({ targets, mapping: opened, text: openedText, version, versions }: DesignProps) {
  const { t, text: say } = useTexts();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const mayEdit = useMay('mappings.edit');
  const mayRun = useMay('loads.run');
  const [mapping, setMapping] = useState(opened);
  const [text, setText] = useState(openedText);
  const [view, setView] = useState<'form' | 'text'>('form');
  const [upload, setUpload] = useState<Upload>();
  const [inspections, setInspections] = useState<Record<string, Inspection>>({});
  const [at, setAt] = useState(0);
  const [preview, setPreview] = useState<PreviewLoad[]>();
  const [problem, setProblem] = useState<string>();
  const [trial, setTrial] = useState<string>();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);

  const change = (next: Mapping) => {
    setMapping(next);
    setChanged(true);
  };
  const complete = mapping.code !== '' && mapping.loads.length > 0;

  // The text follows the form, and the preview the text, a moment after the last key.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is made here; it must not start this again
  useEffect(() => {
    if (!complete || view !== 'form') return;
    const timer = setTimeout(async () => {
      try {
        const made = changed ? (await convertMapping(mapping)).text : text;
        setText(made);
        if (upload && mayEdit) setPreview(await previewUpload(upload.id, made));
        setProblem(undefined);
      } catch (error) {
        setProblem(errorText(error));
      }
    }, PREVIEW_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [mapping, upload, view, complete, changed, mayEdit]);

  const sent = async (next: Upload) => {
    setUpload(next);
    let made = mapping;
    const seen = { ...inspections };
    for (const { name } of next.files) {
      if (seen[name]) continue;
      try {
        let found = await inspectUpload(next.id, name);
        if (found.entries.length > 1 && found.columns.length === 0) {
          found = await inspectUpload(next.id, name, { entry: found.entries[0]!.name });
        }
        seen[name] = found;
        if (found.problem) setProblem(found.problem);
        const known = Object.values(made.files ?? {}).some(
          ({ path }) => path.includes(name) || path.includes(patternOf(name)),
        );
        if (!known && found.columns.length > 0) made = addFile(made, found, targets);
      } catch (error) {
        setProblem(errorText(error));
      }
    }
    setInspections(seen);
    if (made !== mapping) change(made);
  };

  const applyText = async () => {
    try {
      const parsed = await convertText(text);
      setMapping(parsed.mapping);
      setChanged(true);
      setProblem(undefined);
      if (upload) setPreview(await previewUpload(upload.id, text));
    } catch (error) {
      setProblem(errorText(error));
    }
  };

  const save = async (): Promise<boolean> => {
    setBusy(true);
    try {
      const body = view === 'text' ? text : (await convertMapping(mapping)).text;
      const { code } = mapping;
      const saved = await saveMapping(code, body, version, note);
      queryClient.setQueryData(mappingQuery(code).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: loadMappingsQuery.queryKey });
      toast(t('gateway.saved'));
      setChanged(false);
      setBusy(false);
      await navigate({ to: '/mappings/$code', params: { code } });
      return true;
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
      return false;
    }
  };
  const saveAndLoad = async () => {
    if ((changed || version === 0) && !(await save())) return;
    try {
      const run = await post<LoadRun>('/load-runs', { mapping: mapping.code, upload: upload!.id });
      await navigate({ to: '/loads/$id', params: { id: run.id } });
    } catch (error) {
      setProblem(errorText(error));
    }
  };
  const tryAll = async () => {
    try {
      setTrial((await dryRun(upload!.id, text)).run);
    } catch (error) {
      setProblem(errorText(error));
    }
  };
  const openVersion = async (wanted: number) => {
    const old = await mappingVersion(mapping.code, wanted);
    setText(old.text);
    change(old.mapping);
  };

  const step = mapping.loads[at] ?? mapping.loads[0];
  const changeStep = (next: LoadStep) =>
    change({ ...mapping, loads: mapping.loads.with(Math.min(at, mapping.loads.length - 1), next) });
  const disabled = !mayEdit;
  return (
    <div className="split-main designer">
      <PageHead title={say(mapping.label) || t('gateway.newMapping')} hint={t('gateway.mappingsHint')}>
        <Segmented
          label={t('gateway.design.title')}
          value={view}
          choices={[
            { value: 'form', label: t('gateway.design.form') },
            { value: 'text', label: t('gateway.design.text') },
          ]}
          onChange={setView}
        />
        <Button icon="arrowLeft" onClick={() => void navigate({ to: '/mappings' })}>
          {t('gateway.design.back')}
        </Button>
        {mayEdit && (
          <Button
            look={mayRun && upload ? undefined : 'primary'}
            busy={busy}
            disabled={!complete}
            onClick={() => void save()}
          >
            {t('gateway.design.save')}
          </Button>
        )}
        {mayEdit && mayRun && upload && (
          <Button look="primary" busy={busy} disabled={!complete} onClick={() => void saveAndLoad()}>
            {t('gateway.design.saveAndLoad')}
          </Button>
        )}
      </PageHead>
      {disabled && (
        <div className="side-part">
          <Notice kind="info">{t('gateway.design.mayNot')}</Notice>
        </div>
      )}
      {problem && (
        <div className="side-part">
          <Notice kind="danger">{problem}</Notice>
        </div>
      )}
      {view === 'text' ? (
        <Panel
          title={t('gateway.design.text')}
          actions={mayEdit && <Button onClick={() => void applyText()}>{t('gateway.design.apply')}</Button>}
        >
          <div className="side-part">
            <textarea
              className="input mono text-area"
              aria-label={t('gateway.design.text')}
              rows={28}
              spellCheck={false}
              readOnly={disabled}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
        </Panel>
      ) : (
        <>
          {mayEdit && (
            <Panel title={t('gateway.design.files')}>
              <div className="side-part">
                <p className="faint">{t('gateway.design.filesHint')}</p>
                <FileDrop purpose="design" upload={upload} onSent={(next) => void sent(next)} />
              </div>
            </Panel>
          )}
          {complete && (
            <Panel title={t('gateway.design.about')}>
              <div className="side-part form-grid">
                <Field label={t('gateway.nameZh')} required>
                  {(control) => (
                    <TextInput
                      {...control}
                      disabled={disabled}
                      value={mapping.label.zh}
                      onChange={(event) => change({ ...mapping, label: { ...mapping.label, zh: event.target.value } })}
                    />
                  )}
                </Field>
                <Field label={t('gateway.nameEn')} required>
                  {(control) => (
                    <TextInput
                      {...control}
                      disabled={disabled}
                      value={mapping.label.en}
                      onChange={(event) => change({ ...mapping, label: { ...mapping.label, en: event.target.value } })}
                    />
                  )}
                </Field>
                <Field label={t('gateway.code')} help={t('gateway.codeHelp')} required>
                  {(control) => (
                    <TextInput
                      {...control}
                      className="mono"
                      disabled={disabled || version > 0 || opened.code !== ''}
                      value={mapping.code}
                      onChange={(event) =>
                        change({ ...mapping, code: event.target.value.toLowerCase().replace(/[^a-z0-9_-]/g, '') })
                      }
                    />
                  )}
                </Field>
                <Field label={t('gateway.design.source')} help={t('gateway.design.sourceHelp')} required>
                  {(control) => (
                    <TextInput
                      {...control}
                      className="mono"
                      disabled={disabled}
                      value={mapping.source}
                      onChange={(event) => change({ ...mapping, source: event.target.value })}
                    />
                  )}
                </Field>
                {Object.entries(mapping.files ?? {}).map(([code, file]) => (
                  <Field key={code} label={`${t('gateway.design.path')} · ${code}`} help={t('gateway.design.pathHelp')}>
                    {(control) => (
                      <TextInput
                        {...control}
                        className="mono"
                        disabled={disabled}
                        value={file.path.join(' | ')}
                        onChange={(event) => {
                          const path = event.target.value.split('|').map((each) => each.trim());
                          change({ ...mapping, files: { ...mapping.files, [code]: { ...file, path } } });
                        }}
                      />
                    )}
                  </Field>
                ))}
              </div>
            </Panel>
          )}
          {step && (
            <Panel
              title={t('gateway.design.steps')}
              actions={
                mayEdit && (
                  <Button
                    icon="add"
                    onClick={() => {
                      change({ ...mapping, loads: [...mapping.loads, { ...step, fields: {} }] });
                      setAt(mapping.loads.length);
                    }}
                  >
                    {t('gateway.design.addStep')}
                  </Button>
                )
              }
            >
              <div className="side-part">
                <Segmented
                  label={t('gateway.design.steps')}
                  value={String(Math.min(at, mapping.loads.length - 1))}
                  choices={mapping.loads.map((each, index) => ({
                    value: String(index),
                    label: `${index + 1} ${say(targets.find(({ code }) => code === each.entity)?.label ?? each.entity)}`,
                  }))}
                  onChange={(index) => setAt(Number(index))}
                />
              </div>
              <Step
                key={at}
                step={step}
                mapping={mapping}
                targets={targets}
                at={Math.min(at, mapping.loads.length - 1)}
                inspections={inspections}
                disabled={disabled}
                onChange={changeStep}
                onMapping={change}
                onRemove={
                  mapping.loads.length > 1
                    ? () => {
                        change({ ...mapping, loads: mapping.loads.filter((each) => each !== step) });
                        setAt(0);
                      }
                    : undefined
                }
              />
            </Panel>
          )}
        </>
      )}
      {upload && (
        <Panel
          title={t('gateway.design.preview')}
          actions={
            mayEdit && (
              <Button
                title={t('gateway.design.tryHint')}
                disabled={!complete || text === ''}
                onClick={() => void tryAll()}
              >
                {t('gateway.design.tryAll')}
              </Button>
            )
          }
        >
          {trial && <Trial run={trial} />}
          <Preview loads={preview ?? []} targets={targets} />
        </Panel>
      )}
      {complete && mayEdit && (
        <Panel title={t('gateway.design.history')}>
          <div className="side-part form-grid">
            <Field label={t('gateway.design.note')}>
              {(control) => <TextInput {...control} value={note} onChange={(event) => setNote(event.target.value)} />}
            </Field>
          </div>
          <ul className="version-list">
            {versions.map((each) => (
              <li key={each.version}>
                <span className="mono">{each.version}</span>
                <DateText value={each.createdAt} detail="second" />
                <span>{each.createdBy}</span>
                <span className="faint">{each.note}</span>
                {each.version !== version && (
                  <Button look="plain" onClick={() => void openVersion(each.version)}>
                    {t('gateway.design.open')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

function inspectionOf(
  file: string | undefined,
  mapping: Mapping,
  known: Record<string, Inspection>,
): Inspection | undefined {
  const paths = file === undefined ? [] : (mapping.files?.[file]?.path ?? []);
  return Object.values(known).find(({ name }) => paths.includes(name) || paths.includes(patternOf(name)));
}

/** The columns of a file as they were found, or as far as the mapping names them. */
function columnsOf(file: string | undefined, mapping: Mapping, known: Record<string, Inspection>): InspectedColumn[] {
  const found = inspectionOf(file, mapping, known)?.columns ?? [];
  if (found.length > 0) return found;
  const written = Object.entries(mapping.files?.[file ?? '']?.columns ?? {});
  return written.map(([name, { type }]) => ({
    name,
    type: type as 'text',
    pattern: null,
    samples: [],
    empty: 0,
    distinct: 0,
  }));
}

interface StepProps {
  step: LoadStep;
  mapping: Mapping;
  targets: Target[];
  /** Its place among the steps. */
  at: number;
  inspections: Record<string, Inspection>;
  disabled: boolean;
  onChange: (step: LoadStep) => void;
  onMapping: (mapping: Mapping) => void;
  onRemove: (() => void) | undefined;
}

function Step({ step, mapping, targets, at, inspections, disabled, onChange, onMapping, onRemove }: StepProps) {
  const { t, text } = useTexts();
  const target = targets.find(({ code }) => code === step.entity);
  const inspection = inspectionOf(step.file, mapping, inspections);
  const shown = columnsOf(step.file, mapping, inspections);
  const joined = joinedColumns(mapping, step.with, (file) =>
    columnsOf(file, mapping, inspections).map(({ name }) => name),
  );
  const fields = [...(target?.fields ?? [])].sort((a, b) => Number(b.required) - Number(a.required));
  const put = (code: string, value: LoadStep['fields'][string] | undefined) => {
    const { [code]: _, ...others } = step.fields;
    onChange({ ...step, fields: value === undefined ? others : { ...step.fields, [code]: value } });
  };
  return (
    <>
      <div className="side-part form-grid">
        <Field label={t('gateway.design.entity')} required>
          {(control) => (
            <Select
              {...control}
              disabled={disabled}
              value={step.entity}
              choices={targets.map(({ code, label }) => ({ value: code, label: text(label) }))}
              onChange={(entity) => onChange(retarget(step, entity, inspection, targets))}
            />
          )}
        </Field>
        <Field label={t('gateway.design.file')}>
          {(control) => (
            <Select
              {...control}
              disabled={disabled}
              value={step.file ?? ''}
              choices={Object.keys(mapping.files ?? {}).map((code) => ({ value: code, label: code }))}
              onChange={(file) => onChange({ ...step, file })}
            />
          )}
        </Field>
        <Field label={t('gateway.design.key')} help={t('gateway.design.keyHelp')} required>
          {(control) => (
            <TextInput
              {...control}
              className="mono"
              disabled={disabled}
              value={step.key}
              onChange={(event) => onChange({ ...step, key: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('gateway.design.where')} help={t('gateway.design.whereHelp')}>
          {(control) => (
            <TextInput
              {...control}
              className="mono"
              disabled={disabled}
              value={step.where ?? ''}
              onChange={(event) => {
                const { where: _, ...rest } = step;
                onChange(event.target.value === '' ? rest : { ...rest, where: event.target.value });
              }}
            />
          )}
        </Field>
      </div>
      <Lookups
        mapping={mapping}
        at={at}
        columnsOf={(file) => columnsOf(file, mapping, inspections)}
        disabled={disabled}
        onChange={onMapping}
      />
      <div className="map-grid">
        <div className="map-columns">
          <h3>{t('gateway.design.columns')}</h3>
          <p className="faint">{t('gateway.design.columnsHint')}</p>
          {shown.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: it is a thing to be dragged, not a group of a form
            <div
              key={column.name}
              role="group"
              aria-label={column.name}
              className="map-column"
              draggable={!disabled}
              onDragStart={(event) => event.dataTransfer.setData('text/plain', column.name)}
            >
              <span className="mono">{column.name}</span>
              <span className="faint">{column.type}</span>
              <span className="faint ellipsis">{column.samples.slice(0, 3).join(' · ')}</span>
            </div>
          ))}
          {joined.map((name) => (
            // biome-ignore lint/a11y/useSemanticElements: it is a thing to be dragged, not a group of a form
            <div
              key={name}
              role="group"
              aria-label={name}
              className="map-column"
              draggable={!disabled}
              onDragStart={(event) => event.dataTransfer.setData('text/plain', name)}
            >
              <span className="mono">{name}</span>
            </div>
          ))}
          {inspection && (
            <p className="faint">
              {[inspection.format?.kind ?? 'delimited', inspection.encoding, inspection.format?.delimiter]
                .filter(Boolean)
                .join(' · ')}
              {inspection.rows.estimated !== null &&
                ` · ${t('gateway.design.rowsAbout', { rows: formatCount(inspection.rows.estimated) })}`}
            </p>
          )}
        </div>
        <div className="map-fields">
          <h3>{t('gateway.design.fields')}</h3>
          {fields.map((field) => (
            <FieldRow
              key={`${step.entity} ${field.code}`}
              field={field}
              value={step.fields[field.code]}
              columns={shown}
              joined={joined}
              values={inspection?.values ?? {}}
              disabled={disabled}
              onChange={(value) => put(field.code, value)}
            />
          ))}
          {onRemove && !disabled && (
            <Button look="danger" onClick={onRemove}>
              {t('gateway.design.removeStep')}
            </Button>
          )}
        </div>
      </div>
    </>
  );
}

/** How the trial over whole files goes, and what it found. */
function Trial({ run: id }: { run: string }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { data: run } = useQuery(loadRunQuery(id));
  if (!run) return <Skeleton />;
  const { files, progress } = run;
  const share = progress && progress.bytesTotal > 0 ? progress.bytesRead / progress.bytesTotal : 0;
  return (
    <div className="side-part stack">
      <h3>{t('gateway.design.tried')}</h3>
      {run.status === 'failed' ? (
        <Notice kind="danger">{run.error?.message}</Notice>
      ) : run.status !== 'done' ? (
        <p className="faint">
          {t(`loads.statuses.${run.status}`)} {Math.floor(share * 100)}%
        </p>
      ) : (
        <div className="figures">
          <KeyFigure label={t('loads.read')}>
            <Count value={total(files, 'read')} />
          </KeyFigure>
          <KeyFigure label={t('gateway.wouldInsert')}>
            <Count value={total(files, 'inserted')} />
          </KeyFigure>
          <KeyFigure label={t('gateway.wouldUpdate')}>
            <Count value={total(files, 'updated')} />
          </KeyFigure>
          <KeyFigure label={t('loads.rejected')}>
            <Count value={run.rejected} />
          </KeyFigure>
          {run.rejected > 0 && (
            <Button onClick={() => void navigate({ to: '/loads/$id', params: { id } })}>{t('loads.rejects')}</Button>
          )}
        </div>
      )}
    </div>
  );
}
