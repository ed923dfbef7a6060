import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addDays, dateIn, formatCount } from '#kernel';
import { post } from '../api/client.ts';
import { useEntityByCode, useInstitution } from '../api/hooks.ts';
import { countQuery, jobQuery, type ListQuestion } from '../api/queries.ts';
import type { Entity, Field as EntityField, Job, Text } from '../api/types.ts';
import {
  Button,
  DateInput,
  Dialog,
  Field,
  Notice,
  Progress,
  Segmented,
  Select,
  TextInput,
  useErrorText,
} from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { type TagDraft, TagFields } from './bulk-tag.tsx';
import { Control } from './control.tsx';
import { type DraftValue, draftOf, toInput } from './draft.ts';
import type { Selection } from './selection.ts';

const DUE_DAYS = 7;
const REASON_MIN = 2;

/** What was left empty is not sent. */
const filledOnly = <T extends object>(draft: T): Partial<T> =>
  Object.fromEntries(Object.entries(draft).filter(([, value]) => String(value).trim() !== '')) as Partial<T>;

export type BulkKind = 'task' | 'update' | 'tag' | 'untag';

interface BulkDialogProps {
  entity: Entity;
  question: ListQuestion;
  selection: Selection;
  kind: BulkKind;
  /** `done`: the act was asked for. */
  onClose: (done: boolean) => void;
}

interface BulkResult {
  total: number;
  done: number;
  refused: Record<string, Text & { count: number }>;
}

/** Asks what to do with the rows chosen, then shows how it goes. */
export function BulkDialog({ entity, question, selection, kind, onClose }: BulkDialogProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const zone = useInstitution().zone;
  const { data: total } = useQuery({ ...countQuery(entity.plural, question, true), enabled: selection.all });
  const count = selection.all ? total?.count : selection.ids.size;
  const [task, setTask] = useState({
    title: '',
    script: '',
    priority: 'normal',
    dueOn: addDays(dateIn(zone, new Date()), DUE_DAYS),
    assignee: 'owner' as 'owner' | 'me',
  });
  const [field, setField] = useState<EntityField>();
  const [value, setValue] = useState<DraftValue>('');
  const [tag, setTag] = useState<TagDraft>({ tag: '', until: '', reason: '' });
  const [job, setJob] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const filled = {
    task: task.title.trim() !== '' && task.dueOn !== '',
    update: field !== undefined,
    tag: tag.tag !== '' && tag.reason.trim().length >= REASON_MIN,
    untag: tag.tag !== '' && (tag.reason.trim() === '' || tag.reason.trim().length >= REASON_MIN),
  };
  const ready = count !== undefined && count > 0 && filled[kind];
  const actionOf = () => {
    if (kind === 'update') return { kind, values: { [field!.code]: toInput(field!, value, zone) } };
    if (kind === 'task') return { kind, ...filledOnly(task), title: task.title.trim() };
    const { until, ...rest } = { ...tag, reason: tag.reason.trim() };
    return { kind, ...filledOnly(kind === 'tag' ? { ...rest, until } : rest) };
  };
  const start = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const action = actionOf();
      const chosen = selection.all
        ? {
            question: {
              ...(question.filter ? { filter: question.filter } : {}),
              ...(question.q ? { q: question.q } : {}),
            },
          }
        : { ids: [...selection.ids] };
      const made = await post<{ job: string }>('/customers/bulk', { action, ...chosen });
      setJob(made.job);
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };
  if (job) return <Going job={job} onClose={() => onClose(true)} />;
  return (
    <Dialog
      title={t(`bulk.${kind}Title`)}
      onClose={() => onClose(false)}
      width={520}
      actions={
        <>
          <Button onClick={() => onClose(false)}>{t('common.cancel')}</Button>
          <Button look="primary" busy={busy} disabled={!ready} onClick={() => void start()}>
            {t('bulk.start', { total: count === undefined ? '…' : formatCount(count) })}
          </Button>
        </>
      }
    >
      <div className="form-stack">
        {kind === 'task' ? (
          <TaskFields task={task} onChange={setTask} />
        ) : kind !== 'update' ? (
          <TagFields kind={kind} draft={tag} onChange={setTag} />
        ) : (
          <UpdateFields
            entity={entity}
            field={field}
            value={value}
            onField={(next) => {
              setField(next);
              setValue(next ? (draftOf([next], undefined, zone)[next.code] ?? '') : '');
            }}
            onValue={setValue}
          />
        )}
        {problem && <Notice kind="danger">{problem}</Notice>}
      </div>
    </Dialog>
  );
}

interface TaskDraft {
  title: string;
  script: string;
  priority: string;
  dueOn: string;
  assignee: 'owner' | 'me';
}

function TaskFields({ task, onChange }: { task: TaskDraft; onChange: (task: TaskDraft) => void }) {
  const { t, text } = useTexts();
  const priority = useEntityByCode('task')?.fields.find(({ code }) => code === 'priority');
  return (
    <>
      <Field label={t('bulk.name')} required>
        {(control) => (
          <TextInput
            {...control}
            autoFocus
            maxLength={120}
            value={task.title}
            onChange={(event) => onChange({ ...task, title: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('bulk.script')} help={t('bulk.scriptHint')}>
        {(control) => (
          <textarea
            {...control}
            className="input"
            rows={3}
            maxLength={2000}
            value={task.script}
            onChange={(event) => onChange({ ...task, script: event.target.value })}
          />
        )}
      </Field>
      <div className="form-pair">
        <Field label={t('bulk.due')} required>
          {(control) => (
            <DateInput {...control} value={task.dueOn} onChange={(dueOn) => onChange({ ...task, dueOn })} />
          )}
        </Field>
        {priority && (
          <Field label={text(priority.label)}>
            {(control) => (
              <Select
                {...control}
                value={task.priority}
                choices={(priority.options ?? []).map(({ code, label }) => ({ value: code, label: text(label) }))}
                onChange={(next) => onChange({ ...task, priority: next })}
              />
            )}
          </Field>
        )}
      </div>
      <div className="field">
        <span className="field-label">{t('bulk.assignee')}</span>
        <Segmented<'owner' | 'me'>
          label={t('bulk.assignee')}
          value={task.assignee}
          choices={[
            { value: 'owner', label: t('bulk.owner') },
            { value: 'me', label: t('bulk.me') },
          ]}
          onChange={(assignee) => onChange({ ...task, assignee })}
        />
      </div>
    </>
  );
}

interface UpdateFieldsProps {
  entity: Entity;
  field: EntityField | undefined;
  value: DraftValue;
  onField: (field: EntityField | undefined) => void;
  onValue: (value: DraftValue) => void;
}

/** Fields that make sense for many: not what names one person. */
function UpdateFields({ entity, field, value, onField, onValue }: UpdateFieldsProps) {
  const { t, text } = useTexts();
  const offered = entity.fields.filter(
    (each) =>
      each.access.edit &&
      !each.computed &&
      !each.hidden &&
      !each.mask &&
      !each.encrypted &&
      each.shown === undefined &&
      each.code !== entity.title,
  );
  return (
    <>
      <Field label={t('bulk.field')} required>
        {(control) => (
          <Select
            {...control}
            value={field?.code ?? ''}
            empty={t('common.select')}
            choices={offered.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(code) => onField(offered.find((each) => each.code === code))}
          />
        )}
      </Field>
      {field && (
        <Field label={text(field.label)} help={t('bulk.emptyClears')}>
          {(control) => <Control field={field} control={control} value={value} onChange={onValue} />}
        </Field>
      )}
    </>
  );
}

/** The work as it goes, and what came of it. */
function Going({ job: id, onClose }: { job: string; onClose: () => void }) {
  const { t, language } = useTexts();
  const queries = useQueryClient();
  const { data, error } = useQuery(jobQuery(id));
  const errorText = useErrorText();
  const job = data as Job | undefined;
  const progress = (job?.progress ?? null) as { done: number; total: number } | null;
  const result = job?.status === 'done' ? (job.result as BulkResult) : undefined;
  const over = job?.status === 'done' || job?.status === 'failed';
  const close = () => {
    void queries.invalidateQueries();
    onClose();
  };
  return (
    <Dialog
      title={over ? t('bulk.over') : t('bulk.going')}
      onClose={close}
      width={520}
      actions={
        <Button look={over ? 'primary' : undefined} onClick={close}>
          {over ? t('common.done') : t('bulk.goOn')}
        </Button>
      }
    >
      <div className="form-stack">
        {!over && (
          <>
            <Progress
              share={progress && progress.total > 0 ? progress.done / progress.total : 0}
              label={t('bulk.going')}
            />
            <p className="faint">
              {progress ? `${formatCount(progress.done)} / ${formatCount(progress.total)}` : t('common.loading')}
            </p>
          </>
        )}
        {error && <Notice kind="danger">{errorText(error)}</Notice>}
        {job?.status === 'failed' && <Notice kind="danger">{job.error}</Notice>}
        {result && (
          <>
            <Notice kind={result.done === result.total ? 'info' : 'warn'}>
              {t('bulk.result', { done: formatCount(result.done), total: formatCount(result.total) })}
            </Notice>
            {Object.entries(result.refused).map(([code, refused]) => (
              <p key={code}>{t('bulk.refused', { total: formatCount(refused.count), reason: refused[language] })}</p>
            ))}
          </>
        )}
      </div>
    </Dialog>
  );
}
