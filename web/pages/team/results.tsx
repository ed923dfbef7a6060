import { useQuery } from '@tanstack/react-query';
import { formatCount } from '#kernel';
import { results as order, type Result } from '../../api/day-plan.ts';
import { useMetadata } from '../../api/hooks.ts';
import { type RuleResults, resultsQuery } from '../../api/team.ts';
import { DateText, Empty, ErrorState, Skeleton, Table } from '../../kit/kit.ts';
import { useTaskOptions } from '../../tasks/priority.tsx';
import { useTexts } from '../../texts/texts.ts';

type Row = RuleResults['rules'][number];
const sum = (of: Partial<Record<string, number>>) =>
  Object.values(of).reduce<number>((total, count) => total + (count ?? 0), 0);

/** What became of the alerts of each rule: how often they were worth it, and why not. */
export function Results() {
  const { t, text } = useTexts();
  const told = useQuery(resultsQuery);
  const { rules } = useMetadata();
  const options = useTaskOptions('result');
  const reasons = useTaskOptions('useless_because');
  if (told.error && !told.data) return <ErrorState error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton lines={6} />;
  if (told.data.rules.length === 0) return <Empty icon="list" title={t('team.results.empty')} />;
  const nameOf = (row: Row) => {
    const rule = rules.find(({ code }) => code === row.rule);
    return row.rule === '' ? t('dayPlan.byHand') : rule ? text(rule.label) : row.rule;
  };
  const word = (choices: typeof options, code: string) =>
    text(choices.find((each) => each.code === code)?.label ?? code);
  const useful = ({ results }: Row) => {
    const good = (results.reached ?? 0) + (results.interested ?? 0) + (results.follow_up ?? 0);
    const judged = sum(results) - (results.no_answer ?? 0);
    return judged === 0 ? t('common.none') : `${Math.round((100 * good) / judged)}%`;
  };
  return (
    <>
      <p className="quiet team-since">
        {t('team.results.since')} <DateText value={told.data.since} />
      </p>
      <Table
        label={t('team.views.results')}
        rows={told.data.rules}
        rowKey={({ rule }) => rule}
        columns={[
          { code: 'rule', label: t('team.results.rule'), phone: 'title' as const, cell: nameOf },
          {
            code: 'done',
            label: t('team.results.done'),
            number: true,
            cell: ({ results }: Row) => formatCount(sum(results)),
          },
          { code: 'useful', label: t('team.results.useful'), number: true, cell: useful },
          {
            code: 'mix',
            label: t('team.results.mix'),
            width: '30%',
            cell: ({ results }: Row) => (
              <Mix
                results={results}
                word={(code) => word(options, code)}
                colours={Object.fromEntries(options.map(({ code, color }) => [code, color ?? 'grey']))}
              />
            ),
          },
          {
            code: 'because',
            label: t('team.results.because'),
            cell: ({ because }: Row) => (
              <span className="quiet">
                {Object.entries(because)
                  .map(([code, count]) => `${word(reasons, code)} ${count}`)
                  .join(' · ')}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

function Mix({
  results,
  word,
  colours,
}: {
  results: Row['results'];
  word: (code: string) => string;
  colours: Record<string, string>;
}) {
  const total = sum(results);
  const parts = order.filter((code: Result) => (results[code] ?? 0) > 0);
  const words = parts.map((code) => `${word(code)} ${results[code]}`).join(' · ');
  return (
    <span className="result-mix" role="img" aria-label={words} title={words}>
      {parts.map((code) => (
        <span key={code} data-colour={colours[code]} style={{ flexGrow: (results[code] ?? 0) / total }} />
      ))}
    </span>
  );
}
