import { formatCount, formatPercent } from '#kernel';
import { address } from '../../api/client.ts';
import { useMetadata } from '../../api/hooks.ts';
import type { Comparison, LoadRun, Reconciliation } from '../../api/types.ts';
import { Badge, Change, type Column, Icon, Money, Notice, Panel, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

interface Line {
  key: string;
  what: string;
  figure: string;
  now: string;
  before: string;
  change: string | null;
  warning: boolean;
  money: boolean;
}

/** What the run was held against: the source's own totals, the run before, the assets of the bank. */
export function ReconciliationPanel({ run, reconciliation }: { run: LoadRun; reconciliation: Reconciliation }) {
  const { t, text } = useTexts();
  const { entities } = useMetadata();
  const { controls, previous, loads, aum } = reconciliation;
  const lines: Line[] = run.files.flatMap((file, index) => {
    const compared = loads[index];
    if (!compared?.rows) return [];
    const entity = entities.find(({ code }) => code === file.entity);
    const what = entity ? text(entity.label) : file.entity;
    const line = (code: string, figure: string, comparison: Comparison, money: boolean): Line => ({
      key: `${index} ${code}`,
      what,
      figure,
      money,
      ...comparison,
    });
    const sums = Object.entries(compared.sums).map(([code, sum]) => line(code, file.names[code]!, sum, true));
    return [line('', t('gateway.rows'), compared.rows, false), ...sums];
  });
  const amount = (value: string, money: boolean) => (money ? <Money value={value} full /> : formatCount(Number(value)));
  const columns: Column<Line>[] = [
    { code: 'what', label: t('loads.entity'), phone: 'title', cell: ({ what }) => what },
    { code: 'figure', label: '', cell: ({ figure }) => <span className="quiet">{figure}</span> },
    { code: 'before', label: t('gateway.before'), number: true, cell: (line) => amount(line.before, line.money) },
    { code: 'now', label: t('gateway.counted'), number: true, cell: (line) => amount(line.now, line.money) },
    {
      code: 'change',
      label: t('gateway.change'),
      number: true,
      cell: ({ change, warning }) =>
        change === null ? (
          <span className="faint">{t('common.none')}</span>
        ) : (
          <span className={warning ? 'negative-text' : ''}>
            <Change value={change}>{formatPercent(change)}</Change>
          </span>
        ),
    },
  ];
  const checks = controls.flatMap((control) => [
    {
      key: `${control.file} rows`,
      file: control.file,
      figure: t('gateway.rows'),
      stated: control.rows.stated === null ? '' : formatCount(control.rows.stated),
      counted: formatCount(control.rows.counted),
      difference: '0',
    },
    ...control.sums.map((sum) => ({
      key: `${control.file} ${sum.column}`,
      file: control.file,
      figure: t('gateway.sumOf', { column: sum.column }),
      stated: sum.stated,
      counted: sum.counted,
      difference: sum.difference,
    })),
  ]);
  const checkColumns: Column<(typeof checks)[number]>[] = [
    { code: 'file', label: t('loads.file'), phone: 'title', cell: ({ file }) => <span className="mono">{file}</span> },
    { code: 'figure', label: '', cell: ({ figure }) => <span className="quiet">{figure}</span> },
    { code: 'stated', label: t('gateway.stated'), number: true, cell: ({ stated }) => stated },
    { code: 'counted', label: t('gateway.counted'), number: true, cell: ({ counted }) => counted },
    {
      code: 'difference',
      label: t('gateway.difference'),
      cell: ({ difference }) => (
        <Badge colour={/^-?0(\.0+)?$/.test(difference) ? 'green' : 'amber'}>
          {/^-?0(\.0+)?$/.test(difference) ? t('gateway.agrees') : `${difference} ${t('gateway.within')}`}
        </Badge>
      ),
    },
  ];
  return (
    <Panel
      title={t('gateway.reconciliation')}
      actions={
        <a className="button button-plain" href={address(`/load-runs/${run.id}/reconciliation.csv`)} download>
          <Icon name="download" />
          <span>{t('gateway.downloadReport')}</span>
        </a>
      }
    >
      {checks.length > 0 ? (
        <div className="load-files-table">
          <Table label={t('gateway.control')} columns={checkColumns} rows={checks} rowKey={({ key }) => key} />
        </div>
      ) : (
        <p className="faint panel-empty">{t('gateway.noControl')}</p>
      )}
      {previous && lines.length > 0 ? (
        <>
          <h3 className="panel-sub">{t('gateway.previousRun', { date: previous.date })}</h3>
          <div className="load-files-table">
            <Table
              label={t('gateway.previousRun', { date: previous.date })}
              columns={columns}
              rows={lines}
              rowKey={({ key }) => key}
            />
          </div>
        </>
      ) : (
        <p className="faint panel-empty">{t('gateway.noPrevious')}</p>
      )}
      {aum && (
        <p className="side-facts">
          <span>{t('gateway.bankAum')}</span>
          <span>
            {t('gateway.aumBefore')} <Money value={aum.before} full />
          </span>
          <span>
            {t('gateway.aumAfter')} <Money value={aum.after} full /> {aum.currency}
          </span>
        </p>
      )}
    </Panel>
  );
}

/** How the files differ from the last good ones. */
export function DriftPanel({ drift }: { drift: LoadRun['drift'] }) {
  const { t } = useTexts();
  return (
    <Panel title={t('gateway.drift')}>
      <div className="side-part stack">
        {drift.map(({ code, file, column, severity, text }) => (
          <Notice key={`${code} ${file} ${column}`} kind={severity === 'warning' ? 'warn' : 'info'}>
            {text}
          </Notice>
        ))}
      </div>
    </Panel>
  );
}
