import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { formatCount, formatDecimal, formatPercent, minorUnits, shareOf } from '#kernel';
import {
  type Assets as AssetsData,
  type AssetsLine,
  type AssetsPeriod,
  type AssetsQuestion,
  type AssetsTable,
  assetsFile,
  assetsQuery,
} from '../../api/assets.ts';
import { AumCurve } from '../../charts/lazy.tsx';
import type { Point } from '../../charts/points.ts';
import {
  Button,
  Change,
  type Column,
  DateInput,
  Empty,
  ErrorState,
  Icon,
  KeyFigure,
  Money,
  PageHead,
  Panel,
  Segmented,
  Skeleton,
  Table,
  Tabs,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import './assets.css';

const PERIODS: AssetsPeriod[] = ['day', 'week', 'month', 'custom'];
const TABLES: AssetsTable[] = ['units', 'managers', 'classes'];
const CURVE_HEIGHT_PX = 220;
/** Stands for customers without unit or manager. */
const NOBODY = '0';
/** The last line of a table. */
const TOTAL = 'total';

const decimal = (minor: bigint) => {
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const less = (one: string, other: string) => decimal(minorUnits(one) - minorUnits(other));

/** A line of any of the tables. */
interface Shown extends AssetsLine {
  id: string;
  label: string;
  unit?: string | null;
}

/** How much there is, how it changed, and why: money, market, or customers who came and went. */
export function Assets() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/assets' });
  const period = PERIODS.find((code) => code === search.period) ?? 'month';
  const by = TABLES.find((code) => code === search.by) ?? (search.unit ? 'managers' : 'units');
  const question: AssetsQuestion = { period, unit: search.unit };
  if (period === 'custom') Object.assign(question, { from: search.from, to: search.to });
  const { data, error, refetch } = useQuery(assetsQuery(question));
  const ask = (changes: Partial<typeof search>) =>
    void navigate({ to: '/assets', search: { ...search, ...changes }, replace: true });
  const points = useMemo(() => data?.curve.map(([date, total]): Point => [date, total]) ?? [], [data]);
  const head = (
    <PageHead
      title={t('assets.title')}
      hint={data?.asOf ? t('assets.hint', { date: data.asOf, from: data.from, to: data.to }) : undefined}
    >
      <Segmented
        label={t('assets.period')}
        value={period}
        choices={PERIODS.map((value) => ({ value, label: t(`assets.periods.${value}`) }))}
        onChange={(value) =>
          ask({
            period: value,
            from: value === 'custom' ? (data?.from ?? undefined) : undefined,
            to: value === 'custom' ? (data?.to ?? undefined) : undefined,
          })
        }
      />
      {data?.export && (
        <a href={assetsFile(question, by)} className="button button-plain" download>
          <Icon name="download" />
          <span>{t('assets.download')}</span>
        </a>
      )}
    </PageHead>
  );
  if (!data || data.asOf === null) {
    return (
      <>
        {head}
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : data ? (
          <Empty icon="monitor" title={t('assets.empty')} hint={t('assets.emptyHint')} />
        ) : (
          <Skeleton lines={10} />
        )}
      </>
    );
  }
  const unitName = data.units.find(({ id }) => id === search.unit)?.label ?? t('assets.nobody');
  return (
    <div className="assets">
      {head}
      {period === 'custom' && (
        <div className="assets-line">
          <DateInput aria-label={t('assets.from')} value={search.from ?? ''} onChange={(from) => ask({ from })} />
          <span className="faint">–</span>
          <DateInput aria-label={t('assets.to')} value={search.to ?? ''} onChange={(to) => ask({ to })} />
        </div>
      )}
      {search.unit && (
        <div className="assets-line">
          <Button icon="arrowLeft" onClick={() => ask({ unit: undefined, by: undefined })}>
            {t('assets.allUnits')}
          </Button>
          <span>{t('assets.shownUnit', { name: unitName })}</span>
        </div>
      )}
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data.units.length === 0 ? (
        <Empty icon="monitor" title={t('assets.nothing')} hint={t('assets.nothingHint')} />
      ) : (
        <>
          <Figures total={data.total} />
          <Panel title={t('assets.curve')}>
            <AumCurve points={points} label={t('assets.curve')} height={CURVE_HEIGHT_PX} />
          </Panel>
          <Tabs
            label={t('assets.title')}
            tabs={TABLES.map((code) => ({ code, label: t(`assets.tables.${code}`), count: data[code].length }))}
            value={by}
            onChange={(code) => ask({ by: code })}
          >
            <Lines by={by} data={data} unit={search.unit} onUnit={(unit) => ask({ unit, by: 'managers' })} />
          </Tabs>
        </>
      )}
    </div>
  );
}

/** Opening, what moved it, closing: the parts add up to the cent. */
function Figures({ total }: { total: AssetsLine }) {
  const { t } = useTexts();
  const change = less(total.closing, total.opening);
  const share = shareOf(change, total.opening);
  const figure = (value: string) => (
    <Change value={value}>
      <Money value={value} />
    </Change>
  );
  return (
    <div className="figures assets-figures">
      <KeyFigure
        label={t('assets.closing')}
        hint={
          share !== null && minorUnits(total.opening) > 0n ? (
            <Change value={change}>{formatPercent(share, 2)}</Change>
          ) : undefined
        }
      >
        <Money value={total.closing} sign />
      </KeyFigure>
      <KeyFigure label={t('assets.opening')}>
        <Money value={total.opening} />
      </KeyFigure>
      <KeyFigure label={<span title={t('assets.flowHint')}>{t('assets.flow')}</span>}>{figure(total.flow)}</KeyFigure>
      <KeyFigure label={<span title={t('assets.marketHint')}>{t('assets.market')}</span>}>
        {figure(total.market)}
      </KeyFigure>
      <KeyFigure label={t('assets.moved')}>
        <Moved line={total} />
      </KeyFigure>
      <KeyFigure label={t('assets.customers')}>{formatCount(total.customers)}</KeyFigure>
    </div>
  );
}

/** Customers who came under the unit or manager less those who left, with both under the pointer. */
function Moved({ line }: { line: AssetsLine }) {
  const { t } = useTexts();
  const net = less(line.movedIn, line.movedOut);
  return (
    <span title={t('assets.movedHint', { in: formatDecimal(line.movedIn), out: formatDecimal(line.movedOut) })}>
      <Change value={net}>
        <Money value={net} />
      </Change>
    </span>
  );
}

interface LinesProps {
  by: AssetsTable;
  data: AssetsData;
  unit: string | undefined;
  onUnit: (unit: string) => void;
}

/** One of the tables, its sums last. A unit opens its managers, a manager his customers. */
function Lines({ by, data, unit, onUnit }: LinesProps) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const rows: Shown[] = [
    ...(by === 'classes'
      ? data.classes.map((line) => ({ ...line, id: line.code, label: text(line.label) }))
      : data[by].map((line) => ({ ...line, label: line.label ?? t('assets.nobody') }))),
    { ...data.total, id: TOTAL, label: t('assets.total') },
  ];
  const filter = (manager: string) => [
    `owner:in:${manager}`,
    ...(unit && unit !== NOBODY ? [`branch:in:${unit}`] : []),
  ];
  const opens = (line: Shown) => line.id !== TOTAL && line.id !== NOBODY && by !== 'classes';
  const amount = (code: 'opening' | 'closing', label: string, phone?: 'hide'): Column<Shown> => ({
    code,
    label,
    number: true,
    cell: (line) => <Money value={line[code]} />,
    ...(phone ? { phone } : {}),
  });
  const change = (code: string, label: string, value: (line: Shown) => string): Column<Shown> => ({
    code,
    label,
    number: true,
    cell: (line) => (
      <Change value={value(line)}>
        <Money value={value(line)} />
      </Change>
    ),
  });
  const columns: Column<Shown>[] = [
    {
      code: 'name',
      label: t(`assets.names.${by}`),
      phone: 'title',
      cell: (line) =>
        line.id === TOTAL ? (
          <b>{line.label}</b>
        ) : !opens(line) ? (
          line.label
        ) : by === 'managers' ? (
          <Link
            to="/customers"
            search={{ filter: filter(line.id) }}
            className="reference"
            title={t('assets.seeCustomers')}
          >
            {line.label}
          </Link>
        ) : (
          <button type="button" className="assets-open reference" onClick={() => onUnit(line.id)}>
            {line.label}
          </button>
        ),
    },
    ...(by === 'managers' && !unit
      ? [
          {
            code: 'unit',
            label: t('assets.unit'),
            cell: (line: Shown) => <span className="faint">{line.unit}</span>,
            phone: 'hide',
          } as const,
        ]
      : []),
    amount('closing', t('assets.closingShort')),
    {
      code: 'share',
      label: t('assets.share'),
      number: true,
      phone: 'hide',
      cell: (line) => (
        <span className="faint">{formatPercent(shareOf(line.closing, data.total.closing) ?? '0', 1)}</span>
      ),
    },
    amount('opening', t('assets.opening'), 'hide'),
    change('change', t('assets.change'), (line) => less(line.closing, line.opening)),
    change('flow', t('assets.flow'), (line) => line.flow),
    change('market', t('assets.market'), (line) => line.market),
    { code: 'moved', label: t('assets.moved'), number: true, cell: (line) => <Moved line={line} /> },
    { code: 'customers', label: t('assets.customers'), number: true, cell: (line) => formatCount(line.customers) },
  ];
  return (
    <Table
      label={t(`assets.tables.${by}`)}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      {...(by === 'classes'
        ? {}
        : {
            onOpen: (line: Shown) => {
              if (!opens(line)) return;
              if (by === 'units') onUnit(line.id);
              else void navigate({ to: '/customers', search: { filter: filter(line.id) } });
            },
          })}
    />
  );
}
