import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { caseCountQuery, casesQuery, detect, type Merge, mergesQuery, undoMerge } from '../../api/identity.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  type Column,
  Confirm,
  DateText,
  Empty,
  ErrorState,
  PageHead,
  Skeleton,
  type Tab,
  Table,
  Tabs,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { CaseCard } from './case-card.tsx';
import './identity.css';

type Part = 'waiting' | 'done' | 'merges';

/** Customers who may be one: what waits for a decision or a second pair of eyes, what was decided, and the merges. */
export function Identity() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const { part } = useSearch({ from: '/inside/identity' });
  const chosen: Part = part === 'done' || part === 'merges' ? part : 'waiting';
  const count = useQuery(caseCountQuery);
  const waiting = (count.data?.open ?? 0) + (count.data?.proposed ?? 0);
  const tabs: Tab<Part>[] = [
    { code: 'waiting', label: t('identity.waiting'), count: waiting },
    { code: 'done', label: t('identity.done') },
    { code: 'merges', label: t('identity.merges') },
  ];
  const look = async () => {
    try {
      await detect();
      toast(t('identity.looking'));
      setTimeout(() => void queries.invalidateQueries({ queryKey: ['identity'] }), LOOK_MS);
    } catch (error) {
      toast(errorText(error), 'problem');
    }
  };
  return (
    <div className="page identity">
      <PageHead title={t('identity.title')} hint={t('identity.hint')}>
        <Button icon="search" onClick={() => void look()}>
          {t('identity.look')}
        </Button>
      </PageHead>
      <Tabs
        label={t('identity.title')}
        tabs={tabs}
        value={chosen}
        onChange={(code) => void navigate({ to: '/identity', search: { part: code }, replace: true })}
      >
        {chosen === 'merges' ? <Merges /> : <Cases key={chosen} done={chosen === 'done'} />}
      </Tabs>
    </div>
  );
}

const LOOK_MS = 3_000;

function Cases({ done }: { done: boolean }) {
  const { t } = useTexts();
  const cases = useQuery(casesQuery(done));
  if (cases.error && !cases.data) return <ErrorState error={cases.error} onRetry={() => void cases.refetch()} />;
  if (!cases.data) return <Skeleton lines={8} />;
  if (cases.data.length === 0) return <Empty icon="check" title={t(done ? 'identity.noneDone' : 'identity.none')} />;
  return cases.data.map((each) => <CaseCard key={each.id} found={each} />);
}

function Merges() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const mayUndo = useMay('identity.approve');
  const merges = useQuery(mergesQuery);
  const [asked, setAsked] = useState<Merge>();
  if (merges.error && !merges.data) return <ErrorState error={merges.error} onRetry={() => void merges.refetch()} />;
  if (!merges.data) return <Skeleton lines={8} />;
  if (merges.data.length === 0) return <Empty icon="customers" title={t('identity.noMerges')} />;
  const undo = async (merge: Merge) => {
    setAsked(undefined);
    try {
      await undoMerge(merge.id);
      toast(t('identity.undoing'));
      setTimeout(() => void queries.invalidateQueries({ queryKey: ['identity'] }), LOOK_MS);
    } catch (error) {
      toast(errorText(error), 'problem');
    }
  };
  const columns: Column<Merge>[] = [
    {
      code: 'survivor',
      label: t('identity.survivor'),
      phone: 'title',
      cell: (row) => (
        <Link to="/customers/$id" params={{ id: row.survivor.id }}>
          {row.survivor.label ?? row.survivor.id}
        </Link>
      ),
    },
    { code: 'other', label: t('identity.other'), cell: (row) => row.otherNumber ?? '–' },
    { code: 'at', label: t('identity.mergedAt'), cell: (row) => <DateText value={row.mergedAt} /> },
    { code: 'maker', label: t('identity.maker'), cell: (row) => row.maker ?? '–' },
    { code: 'checker', label: t('identity.checker'), cell: (row) => row.checker ?? '–' },
    {
      code: 'undo',
      label: '',
      cell: (row) =>
        row.undoneAt ? (
          <span className="quiet">{t('identity.undone')}</span>
        ) : mayUndo ? (
          <Button onClick={() => setAsked(row)}>{t('identity.undo')}</Button>
        ) : null,
    },
  ];
  return (
    <>
      <Table label={t('identity.merges')} columns={columns} rows={merges.data} rowKey={(row) => row.id} />
      {asked && (
        <Confirm
          title={t('identity.undo')}
          text={t('identity.undoText', { number: asked.otherNumber ?? '' })}
          yes={t('identity.undo')}
          danger
          onYes={() => void undo(asked)}
          onNo={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
