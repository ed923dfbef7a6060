import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { isApiError } from '../../api/client.ts';
import { type Control, type ControlPlace, type Feed, type FeedState, feedsQuery, saveFeed } from '../../api/gateway.ts';
import { loadMappingsQuery, queryClient } from '../../api/queries.ts';
import {
  Button,
  Dialog,
  Field,
  Notice,
  NumberInput,
  Select,
  Switch,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const KEEP_DAYS = 90;
const FORMS = ['marker', 'key_value', 'delimited', 'fixed'] as const;
const DATES = ['name', 'folder', 'arrival'] as const;

/** A feed as its form: everything that a feed may say, in words of the work. */
export function FeedEditor({ state, onClose }: { state: FeedState | undefined; onClose: () => void }) {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const mappings = useQuery(loadMappingsQuery);
  const [feed, setFeed] = useState<Feed>(
    state?.feed ?? {
      code: '',
      label: { zh: '', en: '' },
      mapping: '',
      active: true,
      dates: 'name',
      expected: { by: '08:00', days: 'workdays', lag: 1 },
      keep_days: KEEP_DAYS,
    },
  );
  const [sums, setSums] = useState(() => sumsText(state?.feed.control));
  const [problem, setProblem] = useState<{ field: string | undefined; message: string }>();
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Feed>) => setFeed((before) => ({ ...before, ...part }));
  const { control, expected, limits } = feed;
  const changeControl = (part: Partial<Control>) => change({ control: { ...control!, ...part } });
  const mapping = feed.mapping || mappings.data?.[0]?.code || '';
  const wrong = (field: string) => (problem?.field === field ? problem.message : undefined);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { control: drawn, label, ...rest } = feed;
      const said = drawn && { ...drawn, ...(drawn.form === 'marker' ? {} : { sums: sumsOf(sums) }) };
      const named = { zh: label.zh.trim() || label.en.trim(), en: label.en.trim() || label.zh.trim() };
      await saveFeed(clean({ ...rest, mapping, label: named, ...(said && { control: said }) }), state?.version ?? 0);
      await queryClient.invalidateQueries({ queryKey: feedsQuery.queryKey });
      toast(t('gateway.saved'));
      onClose();
    } catch (error) {
      setBusy(false);
      setProblem({
        field: isApiError(error) ? error.field?.replace(/^feed\./, '') : undefined,
        message: errorText(error),
      });
    }
  };
  const input = (value: string, onChange: (value: string) => void) => (field: object) => (
    <TextInput {...field} value={value} onChange={(event) => onChange(event.target.value)} />
  );
  const number = (value: number, onChange: (value: number) => void) => (field: object) => (
    <NumberInput {...field} value={value} onChange={(event) => onChange(Number(event.target.value) || 0)} />
  );
  return (
    <Dialog
      title={t(state ? 'gateway.editFeed' : 'gateway.newFeed')}
      shape="drawer"
      width={620}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="feed" busy={busy} disabled={feed.code === '' || mapping === ''}>
            {t('gateway.design.save')}
          </Button>
        </>
      }
    >
      <form id="feed" className="form-grid" onSubmit={(event) => void submit(event)} noValidate>
        {problem && (
          <div className="field-wide">
            <Notice kind="danger">{problem.message}</Notice>
          </div>
        )}
        <Field label={t('gateway.nameZh')} required error={wrong('label.zh')}>
          {input(feed.label.zh, (zh) => change({ label: { ...feed.label, zh } }))}
        </Field>
        <Field label={t('gateway.nameEn')} error={wrong('label.en')}>
          {input(feed.label.en, (en) => change({ label: { ...feed.label, en } }))}
        </Field>
        <Field label={t('gateway.code')} required help={t('gateway.codeHelp')} error={wrong('code')}>
          {(field) => (
            <TextInput
              {...field}
              disabled={state !== undefined}
              value={feed.code}
              onChange={(event) => change({ code: event.target.value.toLowerCase().replace(/[^a-z0-9_-]/g, '') })}
            />
          )}
        </Field>
        <Field label={t('loads.mapping')} required error={wrong('mapping')}>
          {(field) => (
            <Select
              {...field}
              value={mapping}
              choices={(mappings.data ?? []).map(({ code, label }) => ({ value: code, label: text(label) }))}
              onChange={(code) => change({ mapping: code })}
            />
          )}
        </Field>
        <Field label={t('gateway.folder')} help={t('gateway.folderHelp')} error={wrong('folder')}>
          {input(feed.folder ?? '', (folder) => change({ folder }))}
        </Field>
        <Field label={t('gateway.dates')} error={wrong('dates')}>
          {(field) => (
            <Select
              {...field}
              value={feed.dates}
              choices={DATES.map((value) => ({
                value,
                label: t(`gateway.dates${value === 'name' ? 'Name' : value === 'folder' ? 'Folder' : 'Arrival'}`),
              }))}
              onChange={(dates) => change({ dates: dates as Feed['dates'] })}
            />
          )}
        </Field>
        <Field label={t('gateway.active')}>
          {(field) => (
            <Switch
              {...field}
              checked={feed.active}
              label={t(feed.active ? 'gateway.active' : 'gateway.inactive')}
              onChange={(active) => change({ active })}
            />
          )}
        </Field>
        <Field label={t('gateway.expectedTitle')}>
          {(field) => (
            <Switch
              {...field}
              checked={expected !== undefined}
              label={t('gateway.expectedOn')}
              onChange={(on) =>
                setFeed(({ expected: _, ...rest }) =>
                  on ? { ...rest, expected: { by: '08:00', days: 'workdays', lag: 1 } } : rest,
                )
              }
            />
          )}
        </Field>
        {expected && (
          <>
            <Field label={t('gateway.by')} error={wrong('expected.by')}>
              {(field) => (
                <TextInput
                  {...field}
                  type="time"
                  value={expected.by}
                  onChange={(event) => change({ expected: { ...expected, by: event.target.value } })}
                />
              )}
            </Field>
            <Field label={t('gateway.days')}>
              {(field) => (
                <Select
                  {...field}
                  value={expected.days}
                  choices={[
                    { value: 'workdays', label: t('gateway.daysWorkdays') },
                    { value: 'every', label: t('gateway.daysEvery') },
                  ]}
                  onChange={(days) => change({ expected: { ...expected, days: days as 'every' | 'workdays' } })}
                />
              )}
            </Field>
            <Field label={t('gateway.lag')}>
              {number(expected.lag, (lag) => change({ expected: { ...expected, lag } }))}
            </Field>
          </>
        )}
        <Field label={t('gateway.control')} error={wrong('control.form')}>
          {(field) => (
            <Select
              {...field}
              value={control?.form ?? ''}
              empty={t('gateway.controlNone')}
              choices={FORMS.map((value) => ({ value, label: t(`gateway.controlForms.${value}`) }))}
              onChange={(form) =>
                setFeed(({ control: before, ...rest }) =>
                  form === ''
                    ? rest
                    : {
                        ...rest,
                        control: { path: before?.path ?? '{stem}.ok', ...before, form: form as Control['form'] },
                      },
                )
              }
            />
          )}
        </Field>
        {control && (
          <Field label={t('gateway.controlPath')} help={t('gateway.controlPathHelp')} error={wrong('control.path')}>
            {input(control.path, (path) => changeControl({ path }))}
          </Field>
        )}
        {control && control.form !== 'marker' && (
          <>
            <Field label={t('gateway.controlRows')} help={t('gateway.controlPlaceHelp')}>
              {input(placeText(control.rows), (rows) => changeControl({ rows: placeOf(rows, control.form) as string }))}
            </Field>
            <Field label={t('gateway.controlFile')} help={t('gateway.controlPlaceHelp')}>
              {input(placeText(control.file), (file) => changeControl({ file: placeOf(file, control.form) as string }))}
            </Field>
            <Field label={t('gateway.controlSums')} wide>
              {(field) => (
                <textarea
                  {...field}
                  className="input mono text-area"
                  rows={3}
                  value={sums}
                  onChange={(event) => setSums(event.target.value)}
                />
              )}
            </Field>
            {control.form !== 'fixed' && (
              <Field label={t('gateway.separator')}>
                {input(control.separator ?? '', (separator) => changeControl({ separator }))}
              </Field>
            )}
            {control.form === 'delimited' && (
              <Field label={t('gateway.design.header')}>
                {(field) => (
                  <Switch
                    {...field}
                    checked={control.header ?? false}
                    label={t('gateway.design.header')}
                    onChange={(header) => changeControl({ header })}
                  />
                )}
              </Field>
            )}
            <Field label={t('gateway.tolerance')}>
              {number(control.tolerance ?? 0, (tolerance) => changeControl({ tolerance }))}
            </Field>
          </>
        )}
        <Field label={t('gateway.limitRows')}>
          {number(Math.round((limits?.rows ?? 0.3) * 100), (rows) =>
            change({ limits: { rows: rows / 100, sums: limits?.sums ?? 0.3 } }),
          )}
        </Field>
        <Field label={t('gateway.limitSums')}>
          {number(Math.round((limits?.sums ?? 0.3) * 100), (share) =>
            change({ limits: { rows: limits?.rows ?? 0.3, sums: share / 100 } }),
          )}
        </Field>
        <Field label={t('gateway.keepDays')} error={wrong('keep_days')}>
          {number(feed.keep_days, (keep_days) => change({ keep_days }))}
        </Field>
      </form>
    </Dialog>
  );
}

const placeText = (place: ControlPlace | undefined) =>
  place === undefined ? '' : typeof place === 'string' ? place : `${place.from}-${place.to}`;

/** `1-10` for files of fixed width, else the name of a key or column. */
function placeOf(text: string, form: Control['form']): ControlPlace {
  const span = /^(\d+)-(\d+)$/.exec(text.trim());
  return form === 'fixed' && span ? { from: Number(span[1]), to: Number(span[2]) } : text;
}

const sumsText = (control: Control | undefined) =>
  Object.entries(control?.sums ?? {})
    .map(([column, place]) => `${column}=${placeText(place)}`)
    .join('\n');

function sumsOf(text: string): Record<string, ControlPlace> {
  const lines = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    const place = line.slice(at + 1).trim();
    return at > 0 && place !== '' ? [[line.slice(0, at).trim(), placeOf(place, 'fixed')] as const] : [];
  });
  return Object.fromEntries(lines);
}

/** Without what was left empty. */
function clean<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, each]) => {
    if (each === '' || each === undefined) return [];
    const inner = clean(each);
    return key === 'sums' && Object.keys(inner as object).length === 0 ? [] : [[key, inner] as const];
  });
  return Object.fromEntries(entries) as T;
}
