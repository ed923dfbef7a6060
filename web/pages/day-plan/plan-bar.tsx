import { useQuery } from '@tanstack/react-query';
import type { DayPlan, PlanFilter, PlanStatus } from '../../api/day-plan.ts';
import { priorities } from '../../api/day-plan.ts';
import { useMetadata, useSession } from '../../api/hooks.ts';
import { teamQuery } from '../../api/queries.ts';
import { useMay } from '../../app/permissions.ts';
import { Segmented, Select } from '../../kit/kit.ts';
import { useTitle } from '../../kit/use-title.ts';
import { useTaskOptions } from '../../tasks/priority.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Capacity } from './capacity.tsx';
import { BY_HAND } from './plan.ts';

interface PlanBarProps {
  plan: DayPlan | undefined;
  filter: PlanFilter;
  status: PlanStatus;
  assignee: string;
  today: string;
  onChange: (next: PlanFilter & { assignee?: string | undefined; status?: string | undefined }) => void;
}

/** The line above the plan: the day, four counts that are also filters, and the choices. */
export function PlanBar({ plan, filter, status, assignee, today, onChange }: PlanBarProps) {
  const { t, text, language } = useTexts();
  useTitle(t('dayPlan.title'));
  const options = useTaskOptions('priority');
  const occurring = new Set<string>(plan?.priorities);
  const { rules } = useMetadata();
  const rulesOccurring = plan?.rules ?? [];
  const weekday = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    weekday: language === 'zh' ? 'long' : 'short',
    timeZone: 'UTC',
  }).format(new Date(`${today}T00:00:00Z`));
  const none = { due: undefined, status: undefined };
  const counts = [
    { code: 'open', value: plan?.counts.open, to: none, on: status === 'open' && !filter.due },
    { code: 'overdue', value: plan?.counts.overdue, to: { ...none, due: 'overdue' }, on: filter.due === 'overdue' },
    { code: 'dueToday', value: plan?.counts.dueToday, to: { ...none, due: 'today' }, on: filter.due === 'today' },
    { code: 'doneToday', value: plan?.counts.doneToday, to: { ...none, status: 'done' }, on: status === 'done' },
  ] as const;
  return (
    <header className="plan-bar">
      <div className="plan-day">
        <h1>{t('dayPlan.title')}</h1>
        <span className="quiet">
          {today} {weekday}
        </span>
      </div>
      <div className="plan-counts">
        {counts.map(({ code, value, to, on }) => (
          <button
            key={code}
            type="button"
            className="plan-count"
            data-count={code}
            data-some={value ? '' : undefined}
            aria-pressed={on}
            onClick={() => onChange(to)}
          >
            <b>{value ?? '–'}</b>
            <span>{t(`dayPlan.${code}`)}</span>
          </button>
        ))}
      </div>
      {status === 'open' && <Capacity plan={plan} own={assignee === 'me'} />}
      <div className="plan-choices">
        <Select
          aria-label={t('dayPlan.priority')}
          value={filter.priority ?? ''}
          empty={t('dayPlan.allPriorities')}
          choices={priorities
            .filter((code) => occurring.has(code) || code === filter.priority)
            .map((code) => ({ value: code, label: text(options.find((each) => each.code === code)?.label ?? code) }))}
          onChange={(value) => onChange({ priority: value || undefined })}
        />
        <Select
          aria-label={t('dayPlan.rule')}
          value={filter.rule ?? ''}
          empty={t('dayPlan.allRules')}
          choices={rulesOccurring.map((code) => ({
            value: code,
            label:
              code === BY_HAND ? t('dayPlan.byHand') : text(rules.find((each) => each.code === code)?.label ?? code),
          }))}
          onChange={(value) => onChange({ rule: value || undefined })}
        />
        <Segmented
          label={t('dayPlan.status')}
          value={status}
          choices={[
            { value: 'open', label: t('dayPlan.statusOpen') },
            { value: 'done', label: t('dayPlan.statusDone') },
          ]}
          onChange={(value) => onChange({ status: value === 'open' ? undefined : value, due: undefined })}
        />
        <Member assignee={assignee} onChange={(value) => onChange({ assignee: value })} />
      </div>
    </header>
  );
}

/** Heads look at the plan of anybody in their team. */
function Member({ assignee, onChange }: { assignee: string; onChange: (assignee: string | undefined) => void }) {
  const { t } = useTexts();
  const { user } = useSession();
  const heads = useMay('team.read');
  const team = useQuery({ ...teamQuery, enabled: heads });
  if (!heads) return null;
  const members = (team.data?.members ?? []).filter((member) => member.user.id !== user.id);
  return (
    <Select
      aria-label={t('dayPlan.member')}
      value={assignee === 'me' ? '' : assignee}
      empty={t('dayPlan.myself')}
      choices={members.map((member) => ({ value: member.user.id, label: `${member.user.name}  ${member.open}` }))}
      onChange={(value) => onChange(value || undefined)}
    />
  );
}
