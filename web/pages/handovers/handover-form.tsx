import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount } from '#kernel';
import {
  type BookPart,
  type HandoverInput,
  type HandoverPreview,
  handoverPreviewQuery,
  runHandover,
  type Split,
} from '../../api/governance.ts';
import { teamQuery } from '../../api/queries.ts';
import {
  Button,
  type Choice,
  type Column,
  Confirm,
  Field,
  IconButton,
  Money,
  Notice,
  Segmented,
  Select,
  Table,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const parts: BookPart[] = ['customers', 'tasks', 'members'];
const splits: Split[] = ['equally', 'branch', 'tier'];

interface Receiver {
  /** Tells lines of the form apart. */
  line: number;
  user: string;
  key: string;
}

/** Whose book, to whom, how split and why; what would move is shown before it moves. */
export function HandoverForm({ from: given, onClose }: { from: string | undefined; onClose: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const team = useQuery(teamQuery);
  const [from, setFrom] = useState(given ?? '');
  const [split, setSplit] = useState<Split>('equally');
  const [receivers, setReceivers] = useState<Receiver[]>([{ line: 0, user: '', key: '' }]);
  const [include, setInclude] = useState<BookPart[]>(parts);
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const people: Choice[] = (team.data?.members ?? []).map(({ user }) => ({ value: user.id, label: user.name }));
  const named = receivers.filter(({ user, key }) => user !== '' && (split === 'equally' || key !== ''));
  const input: HandoverInput = {
    from,
    split,
    to: named.map(({ user, key }) => (split === 'equally' ? { user } : { user, key })),
    include,
  };
  const complete = from !== '' && named.length > 0 && include.length > 0;
  const preview = useQuery({
    ...handoverPreviewQuery(input),
    enabled: complete,
    placeholderData: keepPreviousData,
  });
  // What the book is made of is asked as soon as somebody could receive it.
  const look = useQuery({
    ...handoverPreviewQuery({ ...input, split: 'equally', to: [{ user: receivers[0]!.user }], include: ['customers'] }),
    enabled: split !== 'equally' && from !== '' && receivers[0]!.user !== '',
  });
  const found = complete && !preview.error ? preview.data : undefined;
  const keys = ((split === 'branch' ? look.data?.branches : look.data?.tiers) ?? []).map(
    ({ key, label, customers }) => ({
      value: key,
      label: `${label} (${formatCount(customers)})`,
    }),
  );
  const change = (line: number, changed: Partial<Receiver>) =>
    setReceivers((before) => before.map((each) => (each.line === line ? { ...each, ...changed } : each)));
  const nothing = found && found.customers + found.tasks + found.members === 0;
  const why = !complete
    ? t('governance.handovers.incomplete')
    : reason.trim() === ''
      ? t('governance.handovers.noReason')
      : nothing
        ? t('governance.handovers.nothing')
        : undefined;
  const run = async () => {
    if (!found) return;
    setAsking(false);
    setBusy(true);
    setRefused(undefined);
    try {
      const done = await runHandover({
        ...input,
        reason: reason.trim(),
        expected: { customers: found.customers, tasks: found.tasks },
      });
      toast(t('governance.handovers.done', { count: done.customers }));
      await queries.invalidateQueries();
      onClose();
    } catch (error) {
      setBusy(false);
      setRefused(errorText(error));
      void preview.refetch();
    }
  };
  return (
    <section className="handover" aria-label={t('governance.handovers.start')}>
      {refused !== undefined && <Notice kind="danger">{refused}</Notice>}
      <div className="handover-fields">
        <Field label={t('governance.handovers.from')} required>
          {(control) => (
            <Select {...control} value={from} choices={people} empty={t('common.select')} onChange={setFrom} />
          )}
        </Field>
        <div className="field">
          <span className="field-label">{t('governance.handovers.split')}</span>
          <Segmented
            label={t('governance.handovers.split')}
            value={split}
            choices={splits.map((value) => ({ value, label: t(`governance.handovers.${value}`) }))}
            onChange={setSplit}
          />
        </div>
        <div className="field">
          <span className="field-label">{t('governance.handovers.include')}</span>
          <div className="handover-include">
            {parts.map((part) => (
              <label key={part}>
                <input
                  type="checkbox"
                  checked={include.includes(part)}
                  onChange={(event) =>
                    setInclude(parts.filter((each) => (each === part ? event.target.checked : include.includes(each))))
                  }
                />
                {t(`governance.handovers.${part}`)}
              </label>
            ))}
          </div>
        </div>
      </div>
      <div className="field">
        <span className="field-label">{t('governance.handovers.to')}</span>
        <ul className="handover-receivers">
          {receivers.map(({ line, user, key }) => (
            <li key={line}>
              <Select
                aria-label={t('governance.handovers.to')}
                value={user}
                choices={people.filter(({ value }) => value !== from)}
                empty={t('common.select')}
                onChange={(next) => change(line, { user: next })}
              />
              {split !== 'equally' && (
                <Select
                  aria-label={t('governance.handovers.key')}
                  value={key}
                  choices={keys}
                  empty={t('common.select')}
                  onChange={(next) => change(line, { key: next })}
                />
              )}
              {receivers.length > 1 && (
                <IconButton
                  icon="close"
                  look="quiet"
                  label={t('governance.handovers.removeReceiver')}
                  onClick={() => setReceivers(receivers.filter((each) => each.line !== line))}
                />
              )}
            </li>
          ))}
        </ul>
        <Button
          icon="add"
          look="quiet"
          onClick={() =>
            setReceivers([
              ...receivers,
              { line: Math.max(...receivers.map((each) => each.line)) + 1, user: '', key: '' },
            ])
          }
        >
          {t('governance.handovers.addReceiver')}
        </Button>
      </div>
      <Field label={t('governance.handovers.reason')} help={t('governance.handovers.reasonHelp')} required>
        {(control) => (
          <TextInput {...control} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      {complete && preview.error && <Notice kind="danger">{errorText(preview.error)}</Notice>}
      {found && <Outcome preview={found} />}
      <footer className="handover-foot">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="primary" busy={busy} reason={why} disabled={!found} onClick={() => setAsking(true)}>
          {t('governance.handovers.run')}
        </Button>
      </footer>
      {asking && found && (
        <Confirm
          title={t('governance.handovers.confirm', { customers: found.customers, tasks: found.tasks })}
          text={t('governance.handovers.confirmText', { name: found.from.label })}
          yes={t('governance.handovers.run')}
          onYes={() => void run()}
          onNo={() => setAsking(false)}
        />
      )}
    </section>
  );
}

type ReceiverRow = HandoverPreview['receivers'][number];

function Outcome({ preview }: { preview: HandoverPreview }) {
  const { t } = useTexts();
  const figure = (code: BookPart): Column<ReceiverRow> => ({
    code,
    label: t(`governance.handovers.${code}`),
    number: true,
    cell: (row) => formatCount(row[code]),
  });
  const columns: Column<ReceiverRow>[] = [
    { code: 'to', label: t('governance.handovers.to'), phone: 'title', cell: (row) => row.user.label },
    figure('customers'),
    { code: 'aum', label: t('governance.handovers.aum'), number: true, cell: (row) => <Money value={row.aum} /> },
    figure('tasks'),
    figure('members'),
  ];
  return (
    <div className="handover-outcome">
      <h3>{t('governance.handovers.preview')}</h3>
      <Table
        label={t('governance.handovers.preview')}
        columns={columns}
        rows={preview.receivers}
        rowKey={(row) => row.user.id}
        footer={
          <tr>
            <td>{t('governance.handovers.total')}</td>
            <td className="number">{formatCount(preview.customers)}</td>
            <td className="number">
              <Money value={preview.aum} />
            </td>
            <td className="number">{formatCount(preview.tasks)}</td>
            <td className="number">{formatCount(preview.members)}</td>
          </tr>
        }
      />
      {preview.staying > 0 && (
        <Notice kind="warn">{t('governance.handovers.staying', { count: preview.staying })}</Notice>
      )}
    </div>
  );
}
