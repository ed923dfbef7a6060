import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { addDays, formatCount, formatDecimal, isDate } from '#kernel';
import {
  beginRehearsal,
  cancelRehearsal,
  type Group,
  type Rehearsal,
  type RehearsedVersion,
  rehearsalQuery,
  rehearsalsQuery,
  type VersionName,
} from '../../../api/oversight.ts';
import {
  Button,
  type Column,
  Count,
  DateInput,
  DateText,
  Empty,
  ErrorState,
  Field,
  KeyFigure,
  Notice,
  Panel,
  Progress,
  Select,
  Skeleton,
  Table,
  useErrorText,
} from '../../../kit/kit.ts';
import { EvidenceTable } from '../../../tasks/evidence.tsx';
import { useTexts } from '../../../texts/texts.ts';
import { WhyButton } from '../../../why/why-button.tsx';
import { DayBars } from './day-bars.tsx';
import type { RuleTabProps } from './tabs.ts';
import './oversight.css';

const DAYS = 90;

/** What the rule, as it stands in the editor, would have done on past days. */
export function RehearsalTab({ whole, body }: RuleTabProps) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const list = useQuery(rehearsalsQuery(body.code));
  const [typed, setTyped] = useState<{ from?: string; to?: string }>({});
  const [compare, setCompare] = useState('');
  const [id, setId] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const versionName = useVersionName();
  if (list.error && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton lines={8} />;
  const { first, last, rows } = list.data;
  const to = typed.to ?? last ?? '';
  const begin = last === null ? '' : addDays(last, 1 - DAYS);
  const from = typed.from ?? (first !== null && first > begin ? first : begin);
  const shown = id ?? rows[0]?.id;
  const published = (whole?.versions ?? []).filter(({ status }) => status !== 'draft');

  const start = async () => {
    setBusy(true);
    setRefused(undefined);
    try {
      const begun = await beginRehearsal({ body, from, to, ...(compare === '' ? {} : { compare: Number(compare) }) });
      if (begun.issues) {
        setRefused(t('oversight.rehearsal.faults', { message: text(begun.issues[0]!.message) }));
        return;
      }
      setId(begun.id);
      void queries.invalidateQueries({ queryKey: ['rehearsals', body.code] });
    } catch (error) {
      setRefused(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="rehearsal">
      <div className="rehearsal-ask">
        <Field label={t('oversight.rehearsal.from')}>
          {(control) => (
            <DateInput {...control} value={from} onChange={(value) => setTyped({ ...typed, from: value })} />
          )}
        </Field>
        <Field label={t('oversight.rehearsal.to')}>
          {(control) => <DateInput {...control} value={to} onChange={(value) => setTyped({ ...typed, to: value })} />}
        </Field>
        {published.length > 0 && (
          <Field label={t('oversight.rehearsal.compare')}>
            {(control) => (
              <Select
                {...control}
                value={compare}
                onChange={setCompare}
                choices={[
                  { value: '', label: t('oversight.rehearsal.compareNone') },
                  ...published.map(({ version }) => ({ value: String(version), label: versionName(version) })),
                ]}
              />
            )}
          </Field>
        )}
        <Button
          look="primary"
          icon="play"
          busy={busy}
          disabled={!isDate(from) || !isDate(to)}
          onClick={() => void start()}
        >
          {t('oversight.rehearsal.start')}
        </Button>
      </div>
      <p className="faint">{t('oversight.rehearsal.hint', { first: first ?? '—', last: last ?? '—' })}</p>
      {refused !== undefined && <Notice kind="danger">{refused}</Notice>}
      {shown !== undefined && (
        <Result key={shown} id={shown} asked={whole?.status === 'published' ? body.code : undefined} />
      )}
      {rows.length > 1 && (
        <Panel title={t('oversight.rehearsal.history')}>
          <ul className="rehearsal-history">
            {rows.map((row) => (
              <li key={row.id}>
                <Button look="quiet" onClick={() => setId(row.id)}>
                  {row.from} – {row.to} · {row.versions.map(versionName).join(' / ')}
                </Button>
                <DateText value={row.createdAt} detail="minute" />
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

function useVersionName(): (name: VersionName) => string {
  const { t } = useTexts();
  return (name) =>
    name === 'draft'
      ? t('oversight.rehearsal.draft')
      : name === 0
        ? t('oversight.rehearsal.shipped')
        : t('oversight.rehearsal.version', { version: name });
}

interface Asked {
  /** The rule in force, of which one may ask why. */
  asked: string | undefined;
}

function Result({ id, asked }: Asked & { id: string }) {
  const { t, text } = useTexts();
  const { data, error } = useQuery(rehearsalQuery(id));
  const errorText = useErrorText();
  if (error) return <Notice kind="danger">{errorText(error)}</Notice>;
  if (!data) return <Skeleton lines={6} />;
  if (data.status === 'failed') {
    return (
      <Notice kind="warn">{t('oversight.rehearsal.failed', { reason: data.error ? text(data.error) : '—' })}</Notice>
    );
  }
  if (!data.result) {
    const { done = 0, total = 0, alerts = 0 } = data.progress ?? {};
    return (
      <div className="rehearsal-running" role="status">
        <p className="live">
          <span>
            {total > 0
              ? t('oversight.rehearsal.running', { done, total, alerts: formatCount(alerts) })
              : t('oversight.rehearsal.waiting')}
          </span>
          <Button onClick={() => void cancelRehearsal(id)}>{t('oversight.rehearsal.cancel')}</Button>
        </p>
        <Progress share={total > 0 ? done / total : null} label={t('oversight.rehearsal.start')} />
      </div>
    );
  }
  return <Figures rehearsal={data} result={data.result} asked={asked} />;
}

function Figures({
  rehearsal,
  result,
  asked,
}: Asked & { rehearsal: Rehearsal; result: NonNullable<Rehearsal['result']> }) {
  const { t } = useTexts();
  const versionName = useVersionName();
  const { versions, compared, hits, customers, reach } = result;
  const [main] = versions;
  return (
    <>
      {customers < reach && (
        <Notice kind="info">
          {t('oversight.rehearsal.sampled', { customers: formatCount(customers), reach: formatCount(reach) })}
        </Notice>
      )}
      {versions.map((version) => (
        <Version
          key={String(version.name)}
          version={version}
          from={rehearsal.from}
          name={versions.length > 1 ? versionName(version.name) : undefined}
        />
      ))}
      {compared && (
        <div className="figures">
          <KeyFigure label={t('oversight.rehearsal.both')}>
            <Count value={compared.both} />
          </KeyFigure>
          <KeyFigure label={t('oversight.rehearsal.onlyFirst')}>
            <Count value={compared.first} />
          </KeyFigure>
          <KeyFigure label={t('oversight.rehearsal.onlySecond')}>
            <Count value={compared.second} />
          </KeyFigure>
        </div>
      )}
      {hits.length > 1 && (
        <Panel title={t('oversight.rehearsal.hits')}>
          <DayBars
            label={t('oversight.rehearsal.hits')}
            bars={hits.map(({ week, done, useful }) => ({
              label: week,
              value: done === 0 ? 0 : Math.round((useful / done) * 100),
              shown: `${done === 0 ? 0 : Math.round((useful / done) * 100)}% (${useful}/${done})`,
            }))}
            height={48}
          />
        </Panel>
      )}
      {main && main.alerts > 0 && <Samples version={main} asked={asked} />}
    </>
  );
}

function Version({ version, from, name }: { version: RehearsedVersion; from: string; name: string | undefined }) {
  const { t, text } = useTexts();
  const { alerts, customers, first, minutes, perDay, perBranch, perManager, overlap, stopped } = version;
  const peak = Math.max(0, ...perDay);
  const overlapping: Column<RehearsedVersion['overlap'][number]>[] = [
    {
      code: 'rule',
      label: t('oversight.why.rule'),
      phone: 'title',
      cell: (row) => (row.label ? text(row.label) : row.rule),
    },
    { code: 'same', label: t('oversight.rehearsal.sameDay'), number: true, cell: (row) => formatCount(row.sameDay) },
    {
      code: 'customers',
      label: t('oversight.rehearsal.sameCustomers'),
      number: true,
      cell: (row) => formatCount(row.customers),
    },
  ];
  return (
    <section className="rehearsal-version">
      {name !== undefined && <h3>{name}</h3>}
      {stopped && <Notice kind="warn">{t('oversight.rehearsal.stopped')}</Notice>}
      <div className="figures">
        <KeyFigure label={t('oversight.rehearsal.alerts')}>
          <Count value={alerts} />
        </KeyFigure>
        <KeyFigure label={t('oversight.rehearsal.customers')}>
          <Count value={customers} />
        </KeyFigure>
        <KeyFigure label={t('oversight.rehearsal.perDay')}>
          {formatDecimal(String(alerts / perDay.length), 1)}
        </KeyFigure>
        <KeyFigure label={t('oversight.rehearsal.peak')}>
          <Count value={peak} />
        </KeyFigure>
        <KeyFigure label={t('oversight.rehearsal.first')}>
          <span title={t('oversight.rehearsal.firstHelp')}>
            <Count value={first} />
          </span>
        </KeyFigure>
        <KeyFigure label={t('oversight.rehearsal.hours')}>
          {formatDecimal(String(minutes / 60), 1)} {t('oversight.rehearsal.hoursUnit')}
        </KeyFigure>
      </div>
      {alerts === 0 ? (
        <Empty title={t('oversight.rehearsal.none')} hint={t('oversight.rehearsal.noneHint')} />
      ) : (
        <>
          <Panel title={t('oversight.rehearsal.chart')}>
            <DayBars
              label={t('oversight.rehearsal.chart')}
              bars={perDay.map((value, index) => ({ label: addDays(from, index), value, shown: formatCount(value) }))}
              height={120}
            />
          </Panel>
          <div className="rehearsal-parts">
            <Groups title={t('oversight.rehearsal.branches')} groups={perBranch} all={alerts} />
            <Groups title={t('oversight.rehearsal.managers')} groups={perManager} all={alerts} />
          </div>
          {overlap.length > 0 && (
            <Panel title={t('oversight.rehearsal.overlap')}>
              <p className="faint">{t('oversight.rehearsal.overlapHint')}</p>
              <Table
                label={t('oversight.rehearsal.overlap')}
                columns={overlapping}
                rows={overlap}
                rowKey={({ rule }) => rule}
              />
            </Panel>
          )}
        </>
      )}
    </section>
  );
}

const GROUPS_SHOWN = 10;

function Groups({ title, groups, all }: { title: string; groups: Group[]; all: number }) {
  const { t } = useTexts();
  const columns: Column<Group>[] = [
    { code: 'name', label: title, phone: 'title', cell: ({ name }) => name ?? t('oversight.rehearsal.unassigned') },
    { code: 'count', label: t('oversight.rehearsal.count'), number: true, cell: ({ count }) => formatCount(count) },
    {
      code: 'share',
      label: t('oversight.rehearsal.share'),
      number: true,
      cell: ({ count }) => `${Math.round((count / all) * 100)}%`,
    },
  ];
  return (
    <Table label={title} columns={columns} rows={groups.slice(0, GROUPS_SHOWN)} rowKey={({ id }) => id ?? 'none'} />
  );
}

function Samples({ version, asked }: Asked & { version: RehearsedVersion }) {
  const { t } = useTexts();
  const rows = version.samples.map((sample, index) => ({ ...sample, key: String(index) }));
  const columns: Column<(typeof rows)[number]>[] = [
    {
      code: 'date',
      label: t('oversight.rehearsal.date'),
      width: '110px',
      cell: ({ date }) => <DateText value={date} />,
    },
    {
      code: 'customer',
      label: t('oversight.rehearsal.customer'),
      phone: 'title',
      width: '140px',
      cell: ({ customer }) =>
        customer ? (
          <Link to="/customers/$id" params={{ id: customer.id }}>
            {[customer.name, customer.number].filter(Boolean).join(' · ') || customer.id}
          </Link>
        ) : (
          <span className="faint">{t('oversight.rehearsal.outOfReach')}</span>
        ),
    },
    {
      code: 'evidence',
      label: t('oversight.rehearsal.evidence'),
      cell: ({ inputs }) => <EvidenceTable evidence={{ inputs }} />,
    },
    ...(asked === undefined
      ? []
      : [
          {
            code: 'why',
            label: '',
            width: '130px',
            cell: ({ customer, date }: (typeof rows)[number]) =>
              customer && <WhyButton rule={asked} customer={customer.id} date={date} />,
          },
        ]),
  ];
  return (
    <Panel title={t('oversight.rehearsal.samples')}>
      <Table label={t('oversight.rehearsal.samples')} columns={columns} rows={rows} rowKey={({ key }) => key} />
    </Panel>
  );
}
