import { useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { isApiError, patch, post } from '../api/client.ts';
import { useInstitution, useMetadata } from '../api/hooks.ts';
import { recordQuery } from '../api/queries.ts';
import type { Entity, Field as FieldOf, Row } from '../api/types.ts';
import { Button, Confirm, Field, Notice, toast, useErrorText } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { Control, isWide } from './control.tsx';
import { changesOf, type Draft, draftOf, formFields, type Problem, problemOf } from './draft.ts';
import { useDuplicates } from './duplicates.tsx';
import { isShown, isWarned, useConditions } from './shown.ts';
import './panel.css';

const STALE = 'records.version_stale';

interface RecordFormProps {
  entity: Entity;
  /** The row to change; without one a new row is made. */
  row?: Row | undefined;
  initial?: Partial<Row>;
  onDone: (row: Row) => void;
  onCancel: () => void;
}

/** THE form: any entity, from its definition. */
export function RecordForm({ entity, row, initial, onDone, onCancel }: RecordFormProps) {
  const { t, text } = useTexts();
  const { zone } = useInstitution();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const fields = useMemo(() => formFields(entity), [entity]);
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, row, zone, initial));
  const [refused, setRefused] = useState<{ field?: string | undefined; message: string; stale?: boolean }>();
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const done = useRef(false);
  const duplicates = useDuplicates(entity, row === undefined);
  useConditions();
  const { quality } = useMetadata();
  /** What of the data seldom is right; it stops nobody. */
  const doubts = (field: FieldOf) => {
    if (entity.code !== 'customer') return undefined;
    const clock = { now: new Date(), zone };
    const values = { ...row, ...draft };
    const rule = quality.find((each) => each.field === field.code && isWarned(entity, each.when, values, clock));
    return rule && text(rule.message);
  };

  const shown = fields.filter((field) => isShown(entity, field, { ...row, ...draft }));
  const start = useMemo(() => JSON.stringify(draftOf(fields, row, zone, initial)), [fields, row, zone, initial]);
  const isDirty = JSON.stringify(draft) !== start;
  const leaving = useBlocker({
    shouldBlockFn: () => isDirty && !done.current,
    enableBeforeUnload: () => isDirty && !done.current,
    withResolver: true,
  });

  const say = (field: FieldOf, problem: Problem): string =>
    problem.key === 'tooPrecise'
      ? t('record.tooPrecise', { scale: problem.scale })
      : t(`record.${problem.key}`, {
          field: text(field.label),
          ...('limit' in problem ? { max: problem.limit, min: problem.limit } : {}),
        });
  const problems = new Map<string, string>();
  if (checked) {
    for (const field of shown) {
      const problem = problemOf(field, draft[field.code], row);
      if (problem) problems.set(field.code, say(field, problem));
    }
  }
  if (refused?.field !== undefined && shown.some((field) => field.code === refused.field)) {
    problems.set(refused.field, refused.message);
  }
  const general = refused && (refused.field === undefined || !problems.has(refused.field)) ? refused : undefined;

  const focusFirstProblem = () =>
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    setRefused(undefined);
    if (shown.some((field) => problemOf(field, draft[field.code], row))) {
      focusFirstProblem();
      return;
    }
    const changes = changesOf(shown, draft, row, zone);
    if (row && Object.keys(changes).length === 0) {
      toast(t('record.unchanged'));
      done.current = true;
      onDone(row);
      return;
    }
    setBusy(true);
    try {
      const saved = row
        ? await patch<Row>(`/${entity.plural}/${row.id}`, { version: row.version, ...changes })
        : await post<Row>(`/${entity.plural}`, changes);
      done.current = true;
      queries.setQueryData(recordQuery(entity.plural, saved.id).queryKey, saved);
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === entity.plural });
      toast(row ? t('record.updated') : t('record.created', { entity: text(entity.label) }));
      onDone(saved);
    } catch (error) {
      setBusy(false);
      setRefused({
        message: errorText(error),
        ...(isApiError(error) ? { field: error.field, stale: error.code === STALE } : {}),
      });
      focusFirstProblem();
    }
  };

  const loadLatest = async () => {
    if (!row) return;
    done.current = true;
    await queries.refetchQueries({ queryKey: recordQuery(entity.plural, row.id).queryKey });
    onCancel();
  };

  return (
    <form
      ref={form}
      className="record-form"
      onSubmit={(event) => void save(event)}
      onBlur={({ target: { name } }: { target: { name?: string } }) => name && void duplicates.look(name, draft[name])}
      noValidate
    >
      <div className="record-body">
        {general && (
          <Notice
            kind="danger"
            action={general.stale && <Button onClick={() => void loadLatest()}>{t('errors.loadLatest')}</Button>}
          >
            {general.stale ? t('errors.stale') : general.message}
          </Notice>
        )}
        <div className="form-grid">
          {shown.map((field) => (
            <Field
              key={field.code}
              label={text(field.label)}
              help={field.help ? text(field.help) : field.type === 'text_list' ? t('record.listHint') : undefined}
              error={problems.get(field.code)}
              warning={duplicates.warning(field) ?? doubts(field)}
              required={field.required}
              wide={isWide(field)}
            >
              {(control) => (
                <Control
                  field={field}
                  control={control}
                  value={draft[field.code] ?? ''}
                  standing={field.access.see === 'masked' ? row?.[field.code] : undefined}
                  onChange={(value) => {
                    setDraft((before) => ({ ...before, [field.code]: value }));
                    duplicates.forget(field.code);
                    if (refused?.field === field.code) setRefused(undefined);
                  }}
                />
              )}
            </Field>
          ))}
        </div>
      </div>
      <footer className="record-foot">
        {problems.size > 0 && <span className="negative-text">{t('record.problems', { count: problems.size })}</span>}
        <span className="record-foot-space" />
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
        <Button look="primary" type="submit" busy={busy}>
          {busy ? t('common.saving') : t('common.save')}
        </Button>
      </footer>
      {leaving.status === 'blocked' && (
        <Confirm
          title={t('record.discard')}
          text={t('record.discardText')}
          yes={t('record.discardYes')}
          no={t('record.keepEditing')}
          danger
          onYes={leaving.proceed}
          onNo={leaving.reset}
        />
      )}
    </form>
  );
}
