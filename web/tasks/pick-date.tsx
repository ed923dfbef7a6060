import { type ReactNode, useState } from 'react';
import { addDays, dateIn, isDate } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { Button, DateInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { nextMonday } from './countdown.ts';

/** A choice offered by one press: a date, or a time that the server finds. */
export interface Preset {
  label: string;
  value: string;
  hint?: string;
}

interface PickDateProps {
  title: string;
  hint: string;
  presets?: Preset[];
  /** Further questions above the choices. */
  children?: ReactNode;
  onPick: (value: string) => void;
}

export function useToday(): string {
  const { zone } = useInstitution();
  return dateIn(zone, new Date());
}

/** A day in the near future: the usual ones by one press, any other from the calendar. */
export function PickDate({ title, hint, presets, children, onPick }: PickDateProps) {
  const { t } = useTexts();
  const today = useToday();
  const [date, setDate] = useState('');
  const usual: Preset[] = presets ?? [
    { label: t('tasks.presets.tomorrow'), value: addDays(today, 1), hint: addDays(today, 1) },
    { label: t('tasks.presets.threeDays'), value: addDays(today, 3), hint: addDays(today, 3) },
    { label: t('tasks.presets.nextWeek'), value: nextMonday(today), hint: nextMonday(today) },
  ];
  const past = date !== '' && date <= today;
  return (
    <form
      className="pick-date"
      onSubmit={(event) => {
        event.preventDefault();
        if (isDate(date) && !past) onPick(date);
      }}
    >
      <strong>{title}</strong>
      <p className="faint">{hint}</p>
      {children}
      <div className="pick-date-presets">
        {usual.map((preset) => (
          <button key={preset.label} type="button" className="menu-item" onClick={() => onPick(preset.value)}>
            <span>{preset.label}</span>
            <span className="faint">{preset.hint}</span>
          </button>
        ))}
      </div>
      <div className="pick-date-own">
        <DateInput aria-label={t('tasks.pickDate')} min={addDays(today, 1)} value={date} onChange={setDate} />
        <Button type="submit" look="primary" disabled={!isDate(date)} reason={past ? t('tasks.dateInPast') : undefined}>
          {t('common.ok')}
        </Button>
      </div>
    </form>
  );
}
