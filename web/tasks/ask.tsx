import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { addDays } from '#kernel';
import { type Because, becauses, type Snooze } from '../api/day-plan.ts';
import { Button, Kbd, Select, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { nextMonday } from './countdown.ts';
import { PickDate, useToday } from './pick-date.tsx';
import { useTaskOptions } from './priority.tsx';

/** What is asked before a result or a snooze is recorded, each a small panel that one press answers. */

export function AskSnooze({ onPick }: { onPick: (until: Snooze) => void }) {
  const { t } = useTexts();
  const today = useToday();
  return (
    <PickDate
      title={t('tasks.snoozeUntil')}
      hint={t('tasks.snoozeHint')}
      presets={[
        { label: t('tasks.presets.laterToday'), value: 'later_today', hint: t('tasks.presets.laterTodayHint') },
        { label: t('tasks.presets.tomorrow'), value: addDays(today, 1), hint: addDays(today, 1) },
        { label: t('tasks.presets.nextWorkday'), value: 'next_workday' },
        { label: t('tasks.presets.nextWeek'), value: nextMonday(today), hint: nextMonday(today) },
      ]}
      onPick={onPick}
    />
  );
}

export interface Next {
  nextOn: string;
  nextAt?: string | undefined;
  nextStep?: string | undefined;
}

const FIRST_HOUR = 9;
const LAST_HOUR = 20;
const hours = Array.from({ length: LAST_HOUR - FIRST_HOUR + 1 }, (_, index) =>
  `${FIRST_HOUR + index}:00`.padStart(5, '0'),
);

export function AskNext({ onPick }: { onPick: (next: Next) => void }) {
  const { t } = useTexts();
  const [step, setStep] = useState('');
  const [at, setAt] = useState('');
  return (
    <PickDate
      title={t('tasks.nextContact')}
      hint={t('tasks.nextContactHint')}
      onPick={(nextOn) => onPick({ nextOn, nextAt: at || undefined, nextStep: step.trim() || undefined })}
    >
      <div className="ask-next">
        <TextInput
          aria-label={t('tasks.nextStep')}
          placeholder={t('tasks.nextStep')}
          maxLength={120}
          value={step}
          onChange={(event) => setStep(event.target.value)}
        />
        <Select
          aria-label={t('tasks.nextAt')}
          value={at}
          empty={t('tasks.anyTime')}
          choices={hours.map((hour) => ({ value: hour, label: hour }))}
          onChange={setAt}
        />
      </div>
    </PickDate>
  );
}

/** Why it was of no use; for "other" in words. The keys 1 to 5 answer. */
export function AskBecause({ note, onPick }: { note: string; onPick: (because: Because, note?: string) => void }) {
  const { t, text } = useTexts();
  const options = useTaskOptions('useless_because');
  const [other, setOther] = useState(false);
  const [words, setWords] = useState(note);
  const first = useRef<HTMLButtonElement>(null);
  // Once the panel is shown: what is hidden takes no focus, and the keys would go to the task.
  useEffect(() => first.current?.focus({ preventScroll: true }), []);
  const choose = (because: Because) => (because === 'other' ? setOther(true) : onPick(because));
  const press = (event: KeyboardEvent) => {
    const because = other ? undefined : becauses[Number(event.key) - 1];
    if (!because) return;
    event.preventDefault();
    event.stopPropagation();
    choose(because);
  };
  return (
    <form
      className="pick-date"
      onKeyDown={press}
      onSubmit={(event) => {
        event.preventDefault();
        if (words.trim()) onPick('other', words.trim());
      }}
    >
      <strong>{t('tasks.because')}</strong>
      <p className="faint">{t('tasks.becauseHint')}</p>
      <div className="pick-date-presets">
        {becauses.map((because, index) => (
          <button
            key={because}
            type="button"
            className="menu-item"
            aria-pressed={because === 'other' ? other : undefined}
            ref={index === 0 ? first : undefined}
            onClick={() => choose(because)}
          >
            <span>{text(options.find(({ code }) => code === because)?.label ?? because)}</span>
            <Kbd>{index + 1}</Kbd>
          </button>
        ))}
      </div>
      {other && (
        <div className="pick-date-own">
          <TextInput
            autoFocus
            aria-label={t('tasks.becauseOther')}
            placeholder={t('tasks.becauseOther')}
            maxLength={500}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={!words.trim()}>
            {t('common.ok')}
          </Button>
        </div>
      )}
    </form>
  );
}
