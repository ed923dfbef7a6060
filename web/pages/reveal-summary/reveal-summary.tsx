import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { addDays, dateIn, systemClock } from '#kernel';
import { type SummaryLine, summaryFile, summaryQuery } from '../../api/disclosure.ts';
import { useInstitution } from '../../api/hooks.ts';
import {
  type Column,
  Count,
  Empty,
  ErrorState,
  Icon,
  IconButton,
  KeyFigure,
  PageHead,
  Panel,
  Skeleton,
  Table,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { weekOf } from './week.ts';
import '../../disclosure/disclosure.css';

const figures = ['requests', 'values', 'emergencies', 'refused', 'unreviewed', 'outOfHours', 'misuse'] as const;
const groups = ['users', 'fields', 'purposes', 'branches'] as const;
/** More of these than none is worth a look. */
const alarming = new Set<(typeof figures)[number]>(['emergencies', 'unreviewed', 'outOfHours', 'misuse']);

/** The reveals of a week in numbers: what an owner of data looks through. */
export function RevealSummary() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const { zone } = useInstitution();
  const search = useSearch({ from: '/inside/reveal-summary' });
  const week = search.week ?? weekOf(dateIn(zone, systemClock()));
  const { data, error, refetch } = useQuery(summaryQuery(week));
  const go = (days: number) =>
    data && void navigate({ to: '/reveal-summary', search: { week: weekOf(addDays(data.from, days)) } });
  const figure = (line: SummaryLine, code: (typeof figures)[number]) => (
    <span className={line[code] === 0 ? 'faint' : alarming.has(code) ? 'negative-text' : ''}>
      <Count value={line[code]} />
    </span>
  );
  const columns: Column<SummaryLine>[] = figures.map((code) => ({
    code,
    label: t(`disclosure.figures.${code}`),
    number: true,
    cell: (line) => figure(line, code),
  }));
  return (
    <div className="page">
      <PageHead
        title={t('disclosure.summary')}
        hint={data && `${data.week} · ${t('disclosure.summaryHint', { from: data.from, to: data.to })}`}
      >
        <IconButton icon="chevronLeft" label={t('disclosure.previousWeek')} onClick={() => go(-7)} />
        <IconButton icon="chevronRight" label={t('disclosure.nextWeek')} onClick={() => go(7)} />
        <a href={summaryFile(week)} className="button button-plain" download>
          <Icon name="download" />
          <span>{t('disclosure.downloadCsv')}</span>
        </a>
      </PageHead>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : data.total.requests === 0 ? (
        <Empty icon="eye" title={t('disclosure.summaryEmpty')} />
      ) : (
        <>
          <div className="figures">
            {figures.map((code) => (
              <KeyFigure key={code} label={t(`disclosure.figures.${code}`)}>
                {figure(data.total, code)}
              </KeyFigure>
            ))}
          </div>
          <div className="summary-groups">
            {groups.map((group) => (
              <Panel key={group} title={t(`disclosure.groups.${group}`)}>
                <Table
                  label={t(`disclosure.groups.${group}`)}
                  columns={[
                    {
                      code: 'label',
                      label: t(`disclosure.groups.${group}`),
                      phone: 'title',
                      cell: (line) => text(line.label) || t('common.none'),
                    },
                    ...columns,
                  ]}
                  rows={data[group]}
                  rowKey={(line) => line.code}
                />
              </Panel>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
