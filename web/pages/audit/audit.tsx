import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, isDate } from '#kernel';
import {
  type AuditEvent,
  type AuditQuestion,
  auditActions,
  auditEventsQuery,
  auditRootsQuery,
  downloadAudit,
} from '../../api/audit.ts';
import { useInstitution, useMetadata } from '../../api/hooks.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  type Column,
  DateInput,
  DateText,
  Empty,
  ErrorState,
  Icon,
  KeyFigure,
  PageHead,
  Select,
  Skeleton,
  Table,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { endOf, startOf } from '../../records/instants.ts';
import { useTexts } from '../../texts/texts.ts';
import { AuditEventPanel } from './event.tsx';
import { useObjectName } from './object-name.ts';
import { ActionMark, Actor } from './parts.tsx';
import './audit.css';

const filters = ['from', 'to', 'actor', 'action', 'entity', 'record', 'customer', 'decision'] as const;
type Filter = (typeof filters)[number];
type AuditSearch = Partial<Record<Filter | 'event', string | undefined>>;

/** Who saw and did what: a search over the audit, one event beside it, and whether the whole is sound. */
export function Audit() {
  const { t, language } = useTexts();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const { zone } = useInstitution();
  const { event: openId, ...search } = useSearch({ from: '/inside/audit' });
  const mayExport = useMay('audit.export');
  const objectName = useObjectName();
  const [exporting, setExporting] = useState(false);
  const question: AuditQuestion = {
    ...search,
    from: search.from && isDate(search.from) ? startOf(search.from, zone) : undefined,
    to: search.to && isDate(search.to) ? endOf(search.to, zone) : undefined,
  };
  const list = useInfiniteQuery(auditEventsQuery(question));
  const events = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const go = (next: AuditSearch) =>
    void navigate({ to: '/audit', search: { ...search, event: openId, ...next }, replace: true });

  const download = async () => {
    setExporting(true);
    try {
      await downloadAudit(question, language);
      toast(t('audit.exported'));
    } catch (error) {
      toast(errorText(error), 'problem');
    } finally {
      setExporting(false);
    }
  };
  const columns: Column<AuditEvent>[] = [
    {
      code: 'at',
      label: t('audit.at'),
      cell: (event) => <DateText value={event.at} detail="second" />,
      width: '150px',
    },
    { code: 'actor', label: t('audit.actor'), cell: (event) => <Actor event={event} />, phone: 'title' },
    {
      code: 'action',
      label: t('audit.action'),
      cell: (event) => <ActionMark event={event} />,
    },
    {
      code: 'object',
      label: t('audit.object'),
      cell: (event) => objectName(event.entity) ?? <span className="faint">{t('common.none')}</span>,
    },
    {
      code: 'customer',
      label: t('audit.customer'),
      cell: ({ customer }) =>
        customer ? (customer.label ?? customer.id) : <span className="faint">{t('common.none')}</span>,
    },
    {
      code: 'changed',
      label: t('audit.changed'),
      cell: (event) => <What event={event} />,
      phone: 'hide',
    },
    {
      code: 'address',
      label: t('audit.address'),
      cell: ({ address }) => <span className="mono faint">{address ?? t('common.none')}</span>,
      phone: 'hide',
    },
  ];

  return (
    <div className={`split ${openId ? 'split-open' : ''}`}>
      <div className="split-main">
        <PageHead title={t('audit.title')} hint={t('audit.subtitle')}>
          <Button icon="refresh" look="quiet" title={t('common.refresh')} onClick={() => void list.refetch()} />
          {mayExport && (
            <Button icon="download" busy={exporting} title={t('audit.exportHint')} onClick={() => void download()}>
              {t('audit.export')}
            </Button>
          )}
        </PageHead>
        <Integrity />
        <FilterBar search={search} onChange={(next) => go({ ...next, event: undefined })} />
        {list.error && events.length === 0 ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <Skeleton lines={12} />
        ) : events.length === 0 ? (
          <Empty icon="search" title={t('audit.empty')} hint={t('audit.emptyHint')} />
        ) : (
          <div className="audit-table">
            <Table
              label={t('audit.title')}
              columns={openId ? columns.filter(({ code }) => code !== 'address' && code !== 'changed') : columns}
              rows={events}
              rowKey={(event) => event.id}
              onOpen={(event) => go({ event: event.id })}
              isChosen={(event) => event.id === openId}
            />
            {list.hasNextPage && (
              <p className="side-more">
                <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('common.more')}
                </Button>
              </p>
            )}
          </div>
        )}
      </div>
      {openId && <AuditEventPanel id={openId} onClose={() => go({ event: undefined })} />}
    </div>
  );
}

/** The fields that changed, or why something was refused or asked for. */
function What({ event }: { event: AuditEvent }) {
  const { text } = useTexts();
  const { entities } = useMetadata();
  const entity = entities.find((each) => each.code === event.entity);
  const labels = event.changed.map((code) => text(entity?.fields.find((field) => field.code === code)?.label) || code);
  const said = labels.length > 0 ? labels.join(', ') : (event.purpose ?? event.rule ?? '');
  return (
    <span className="ellipsis audit-what" title={said}>
      {said}
    </span>
  );
}

/** The newest root, what it covers, and whether every witness agrees. */
function Integrity() {
  const { t } = useTexts();
  const { data } = useQuery(auditRootsQuery);
  if (!data) return null;
  const { newest, witnesses } = data;
  return (
    <section className="figures audit-state" aria-label={t('audit.state.title')}>
      <KeyFigure label={t('audit.state.events')}>{formatCount(data.events)}</KeyFigure>
      <KeyFigure label={t('audit.state.chains')}>{formatCount(data.chains)}</KeyFigure>
      <KeyFigure label={t('audit.state.root')}>
        {newest ? <span title={newest.hash}>{formatCount(newest.number)}</span> : t('audit.state.none')}
      </KeyFigure>
      <KeyFigure label={t('audit.state.signedAt')}>
        <span className="audit-signed">
          <DateText value={newest?.at} detail="second" />
        </span>
      </KeyFigure>
      <KeyFigure label={t('audit.state.uncovered')}>{formatCount(data.uncovered)}</KeyFigure>
      {witnesses.map(({ place, last, error }) => {
        const behind = (newest?.number ?? 0) - last;
        return (
          <KeyFigure key={place} label={<span title={place}>{t('audit.state.witness')}</span>}>
            <Badge colour={error ? 'red' : behind > 0 ? 'amber' : 'green'} title={place}>
              {error
                ? t('audit.state.trouble', { error })
                : behind > 0
                  ? t('audit.state.behind', { count: behind })
                  : t('audit.state.well')}
            </Badge>
          </KeyFigure>
        );
      })}
    </section>
  );
}

function FilterBar({ search, onChange }: { search: AuditSearch; onChange: (next: AuditSearch) => void }) {
  const { t, text } = useTexts();
  const { entities } = useMetadata();
  const [actor, setActor] = useState(search.actor ?? '');
  const set = (code: Filter) => (value: string) => onChange({ [code]: value || undefined });
  const commit = () => actor.trim() !== (search.actor ?? '') && set('actor')(actor.trim());
  const clear = () => {
    setActor('');
    onChange(Object.fromEntries(filters.map((code) => [code, undefined])));
  };
  return (
    <search className="audit-filters">
      <DateInput aria-label={t('audit.from')} value={search.from ?? ''} onChange={set('from')} />
      <span className="faint">–</span>
      <DateInput aria-label={t('audit.to')} value={search.to ?? ''} onChange={set('to')} />
      <TextInput
        className="audit-actor"
        aria-label={t('audit.actor')}
        placeholder={t('audit.actorPlaceholder')}
        value={actor}
        onChange={(event) => setActor(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      <Select
        aria-label={t('audit.action')}
        value={search.action ?? ''}
        empty={t('audit.anyAction')}
        choices={auditActions.map((value) => ({ value, label: t(`audit.actions.${value}`) }))}
        onChange={set('action')}
      />
      <Select
        aria-label={t('audit.object')}
        value={search.entity ?? ''}
        empty={t('audit.anyEntity')}
        choices={[
          ...entities.map((entity) => ({ value: entity.code, label: text(entity.label) })),
          { value: 'audit_event', label: t('audit.objects.audit_event') },
        ]}
        onChange={set('entity')}
      />
      <Select
        aria-label={t('audit.decision')}
        value={search.decision ?? ''}
        empty={t('audit.decision')}
        choices={(['allowed', 'denied'] as const).map((value) => ({ value, label: t(`audit.${value}`) }))}
        onChange={set('decision')}
      />
      {search.customer && (
        <Chip onClear={() => onChange({ customer: undefined })}>
          {t('audit.ofCustomer', { name: search.customer })}
        </Chip>
      )}
      {search.record && (
        <Chip onClear={() => onChange({ record: undefined })}>{t('audit.ofRecord', { id: search.record })}</Chip>
      )}
      {filters.some((code) => search[code]) && (
        <Button look="quiet" onClick={clear}>
          {t('common.clear')}
        </Button>
      )}
    </search>
  );
}

function Chip({ children, onClear }: { children: string; onClear: () => void }) {
  return (
    <button type="button" className="badge audit-chip" data-colour="blue" onClick={onClear}>
      {children}
      <Icon name="close" size={12} />
    </button>
  );
}
