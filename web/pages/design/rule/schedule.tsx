import type { ScheduleTrigger } from '../../../api/rules.ts';
import { Select, Switch } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Figure } from './figure.tsx';

interface ScheduleProps {
  schedule: ScheduleTrigger;
  disabled: boolean;
  onChange: (schedule: ScheduleTrigger) => void;
}

const everies = ['workday', 'week', 'month', 'quarter', 'year'] as const;

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** Dates of the calendar: every workday, a day of the week, the n-th day from the beginning or the end of a longer time. */
export function ScheduleForm({ schedule, disabled, onChange }: ScheduleProps) {
  const { t } = useTexts();
  const { every, on = 1, shift = 'none' } = schedule;
  return (
    <>
      <Select
        aria-label={t('rules.schedule.every')}
        value={every}
        disabled={disabled}
        choices={everies.map((code) => ({ value: code, label: t(`rules.schedule.everies.${code}`) }))}
        onChange={(next) =>
          onChange(next === 'workday' ? { every: next } : { ...schedule, every: next as 'week', on: 1 })
        }
      />
      {every === 'week' && (
        <Select
          aria-label={t('rules.schedule.weekday')}
          value={String(on)}
          disabled={disabled}
          choices={weekdays.map((day, index) => ({
            value: String(index + 1),
            label: t(`rules.schedule.weekdays.${day}`),
          }))}
          onChange={(day) => onChange({ ...schedule, on: Number(day) })}
        />
      )}
      {(every === 'month' || every === 'quarter' || every === 'year') && (
        <>
          <Select
            aria-label={t('rules.schedule.from')}
            value={on < 0 ? 'end' : 'start'}
            disabled={disabled}
            choices={(['start', 'end'] as const).map((code) => ({
              value: code,
              label: t(`rules.schedule.froms.${code}`),
            }))}
            onChange={(from) => onChange({ ...schedule, on: from === 'end' ? -Math.abs(on) : Math.abs(on) })}
          />
          <Figure
            label={t('rules.schedule.day')}
            value={Math.abs(on)}
            suffix={t('design.daysUnit')}
            disabled={disabled}
            onChange={(day) => onChange({ ...schedule, on: (on < 0 ? -1 : 1) * Math.abs(day ?? 1) })}
          />
        </>
      )}
      {every !== 'workday' && (
        <Switch
          checked={shift === 'next_workday'}
          disabled={disabled}
          label={t('rules.schedule.shift')}
          onChange={(shifted) => onChange({ ...schedule, shift: shifted ? 'next_workday' : 'none' })}
        />
      )}
    </>
  );
}
