import { useQuery } from '@tanstack/react-query';
import { type RuleHealth as Health, ruleHealthQuery } from '../../api/oversight.ts';
import { Empty, ErrorState, Notice, PageHead, Skeleton } from '../../kit/kit.ts';
import { RuleName } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import '../design/rule/oversight.css';

/** Whether each rule ran on each of the last business dates. */
export function RuleHealth() {
  const { t } = useTexts();
  const { data, error, refetch } = useQuery(ruleHealthQuery);
  return (
    <div>
      <PageHead title={t('oversight.health.title')} hint={t('oversight.health.subtitle')} />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : data.dates.length === 0 ? (
        <Empty icon="calendar" title={t('oversight.health.empty')} hint={t('oversight.health.emptyHint')} />
      ) : (
        <Grid health={data} />
      )}
    </div>
  );
}

const marks = { done: '', failed: '!', over_limit: '↑', missing: '–' } as const;

function Grid({ health }: { health: Health }) {
  const { t, text } = useTexts();
  const { isLate, expected, newest, dates, rules } = health;
  return (
    <>
      <div className="side-part">
        {isLate ? (
          <Notice kind="danger">{t('oversight.health.late', { expected, newest: newest ?? t('common.none') })}</Notice>
        ) : (
          <Notice kind="ok">{t('oversight.health.fine', { newest: newest ?? t('common.none') })}</Notice>
        )}
      </div>
      <div className="health-grid">
        <table className="health-table" aria-label={t('oversight.health.title')}>
          <thead>
            <tr>
              <th scope="col">{t('oversight.health.rule')}</th>
              {dates.map((date) => (
                <th key={date} scope="col" className="number">
                  {date.slice(5)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rules.map(({ code, label, cells }) => (
              <tr key={code}>
                <th scope="row">
                  <span className="ellipsis" title={text(label)}>
                    <RuleName code={code} />
                  </span>
                </th>
                {cells.map((cell) => {
                  const told = t('oversight.health.cell', {
                    ...cell,
                    status: t(`oversight.health.statuses.${cell.status}`),
                  });
                  return (
                    <td key={cell.date} className="number">
                      <span
                        className="health-cell"
                        data-status={cell.status}
                        title={cell.error ? `${told}\n${text(cell.error)}` : told}
                      >
                        {cell.status === 'done'
                          ? cell.alerts
                          : cell.status === 'missing'
                            ? marks.missing
                            : `${cell.alerts}${marks[cell.status]}`}
                      </span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="health-marks faint">{t('oversight.health.marks', marks)}</p>
    </>
  );
}
