import { type InputHTMLAttributes, useRef, useState } from 'react';
import { isDate } from '#kernel';
import { useTexts } from '../texts/texts.ts';
import { Icon } from './icon.tsx';
import { readDate } from './read-date.ts';

interface DateInputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'type'> {
  /** `YYYY-MM-DD`, or whatever has been typed so far. */
  value: string;
  onChange: (value: string) => void;
}

/** A date written the same way in every browser; the calendar of the browser opens from the button. */
export function DateInput({ value, onChange, className, disabled, min, max, ...rest }: DateInputProps) {
  const { t } = useTexts();
  const calendar = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string>();
  const settle = () => {
    if (typed === undefined) return;
    const date = readDate(typed);
    setTyped(undefined);
    if (date !== value) onChange(date);
  };
  return (
    <span className="date-input">
      <input
        type="text"
        inputMode="numeric"
        autoComplete="off"
        placeholder="YYYY-MM-DD"
        {...rest}
        disabled={disabled}
        className={`input ${className ?? ''}`}
        value={typed ?? value}
        onChange={(event) => {
          const next = event.target.value;
          setTyped(next);
          if (next === '' || isDate(next)) onChange(next);
        }}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === 'Enter') settle();
        }}
      />
      <button
        type="button"
        tabIndex={-1}
        disabled={disabled}
        aria-label={t('common.openCalendar')}
        onClick={() => calendar.current?.showPicker?.()}
      >
        <Icon name="calendar" size={14} />
      </button>
      <input
        ref={calendar}
        type="date"
        tabIndex={-1}
        aria-hidden="true"
        className="date-input-calendar"
        min={min}
        max={max}
        value={isDate(value) ? value : ''}
        onChange={(event) => {
          setTyped(undefined);
          onChange(event.target.value);
        }}
      />
    </span>
  );
}
