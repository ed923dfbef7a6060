import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount } from '#kernel';
import { askExport, exportPreviewQuery, purposesQuery } from '../api/disclosure.ts';
import type { ListQuestion } from '../api/queries.ts';
import type { Entity, Field as EntityField } from '../api/types.ts';
import { Button, Dialog, Field, Notice, Segmented, Select, TextInput, toast, useErrorText } from '../kit/kit.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import '../disclosure/disclosure.css';

type Format = 'csv' | 'xlsx';

interface ExportDialogProps {
  entity: Entity;
  question: ListQuestion;
  /** The columns that the list shows. */
  shown: readonly EntityField[];
  onClose: () => void;
}

/** Asks for the list as a file: which fields, what for; tells how many rows and whether somebody has to approve. */
export function ExportDialog({ entity, question, shown, onClose }: ExportDialogProps) {
  const { t, text, many } = useTexts();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const fields = entity.fields.filter((field) => !field.hidden);
  const [chosen, setChosen] = useState(
    () => new Set(shown.filter((field) => field.access.export).map((field) => field.code)),
  );
  const purposes = (useQuery(purposesQuery).data ?? []).filter((each) => each.for.includes('export'));
  const [picked, setPicked] = useState('');
  const purpose = purposes.find((each) => each.code === picked) ?? purposes[0];
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [format, setFormat] = useState<Format>('xlsx');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const asked = {
    entity: entity.code,
    columns: fields.filter((field) => chosen.has(field.code)).map((field) => field.code),
    filter: question.filter,
    q: question.q,
    sort: question.sort,
    purpose: purpose?.code ?? '',
  };
  const preview = useQuery({ ...exportPreviewQuery(asked), placeholderData: (before) => before });
  const found = chosen.size > 0 ? preview.data : undefined;
  const tooMany = found !== undefined && found.rows > found.rowsMax;
  const missing = reason.trim().length < 2 || (purpose?.ticket === true && ticket.trim() === '');
  const ready = found !== undefined && found.rows > 0 && !tooMany && !missing;

  const toggle = (code: string) => {
    const next = new Set(chosen);
    if (!next.delete(code)) next.add(code);
    setChosen(next);
  };
  const ask = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await askExport({
        ...asked,
        reason: reason.trim(),
        format,
        ...(ticket.trim() === '' ? {} : { ticket: ticket.trim() }),
      });
      toast(made.state === 'requested' ? t('disclosure.exportAsked') : t('disclosure.exportStarted'));
      onClose();
      void navigate({ to: '/exports' });
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={t('disclosure.exportTitle', { entity: inSentence(many(entity)) })}
      onClose={onClose}
      width={560}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" icon="download" busy={busy} disabled={!ready} onClick={() => void ask()}>
            {found?.approval ? t('disclosure.submit') : t('disclosure.exportSubmit')}
          </Button>
        </>
      }
    >
      <div className="form-stack">
        <div className="field">
          <span className="field-label">{t('disclosure.columns')}</span>
          <fieldset className="export-columns" aria-label={t('disclosure.columns')}>
            {fields.map((field) => (
              <label key={field.code} title={field.access.export ? undefined : t('disclosure.notExportable')}>
                <input
                  type="checkbox"
                  checked={chosen.has(field.code)}
                  disabled={!field.access.export}
                  onChange={() => toggle(field.code)}
                />
                <span className={field.access.export ? '' : 'faint'}>{text(field.label)}</span>
                {field.access.export && field.access.see === 'masked' && (
                  <span className="faint">{t('disclosure.seenMasked')}</span>
                )}
              </label>
            ))}
          </fieldset>
        </div>
        <div className="form-pair">
          <Field label={t('disclosure.purpose')} required>
            {(control) => (
              <Select
                {...control}
                value={purpose?.code ?? ''}
                choices={purposes.map((each) => ({ value: each.code, label: text(each.label) }))}
                onChange={setPicked}
              />
            )}
          </Field>
          <Field label={t('disclosure.ticket')} required={purpose?.ticket}>
            {(control) => (
              <TextInput
                {...control}
                value={ticket}
                maxLength={60}
                onChange={(event) => setTicket(event.target.value)}
              />
            )}
          </Field>
        </div>
        <Field label={t('disclosure.reason')} required help={t('disclosure.reasonHint')}>
          {(control) => (
            <TextInput
              {...control}
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <div>
          <Segmented<Format>
            label={t('disclosure.format')}
            value={format}
            choices={[
              { value: 'xlsx', label: 'Excel' },
              { value: 'csv', label: 'CSV' },
            ]}
            onChange={setFormat}
          />
        </div>
        {preview.error && chosen.size > 0 && <Notice kind="danger">{errorText(preview.error)}</Notice>}
        {found && (
          <Notice kind={tooMany || found.approval ? 'warn' : 'info'}>
            <strong>{t('disclosure.rowsToExport', { rows: formatCount(found.rows) })}</strong>
            {' · '}
            {tooMany
              ? t('disclosure.tooMany', { max: formatCount(found.rowsMax) })
              : found.approval
                ? t('disclosure.exportApproval', { rule: text(found.rule) })
                : t('disclosure.exportNow')}
            <p className="faint">{t('disclosure.marked')}</p>
          </Notice>
        )}
        {problem && <Notice kind="danger">{problem}</Notice>}
      </div>
    </Dialog>
  );
}
