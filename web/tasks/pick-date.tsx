import { useState } from 'react';
import { addDays, dateIn, isDate } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { Button, DateInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { nextMonday } from './countdown.ts';

interface PickDateProps {
  title: string;
  hint: string;
  onPick: (date: string) => void;
}

/** A day in the near future: the usual ones by one press, any other from the calendar. */
export function PickDate({ title, hint, onPick }: PickDateProps) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const today = dateIn(zone, new Date());
  const [date, setDate] = useState('');
  const presets = [
    { label: t('tasks.presets.tomorrow'), date: addDays(today, 1) },
    { label: t('tasks.presets.threeDays'), date: addDays(today, 3) },
    { label: t('tasks.presets.nextWeek'), date: nextMonday(today) },
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
      <div className="pick-date-presets">
        {presets.map((preset) => (
          <button key={preset.label} type="button" className="menu-item" onClick={() => onPick(preset.date)}>
            <span>{preset.label}</span>
            <span className="faint">{preset.date}</span>
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
