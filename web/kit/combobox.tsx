import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useTexts } from '../texts/texts.ts';
import { Badge } from './badge.tsx';
import type { Choice, ControlProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { Popover } from './popover.tsx';

interface ComboboxProps extends Partial<ControlProps> {
  value: Choice | null;
  onChange: (choice: Choice | null) => void;
  /** The choices for what has been typed so far. */
  choices: Choice[];
  onType: (text: string) => void;
  loading?: boolean;
  disabled?: boolean;
  placeholder?: string;
  label?: string;
}

/** Pick one of many by typing: the choices come from the caller, who may ask the server for them. */
export function Combobox({
  value,
  onChange,
  choices,
  onType,
  loading,
  disabled,
  placeholder,
  label,
  ...control
}: ComboboxProps) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const anchor = useRef<HTMLDivElement>(null);
  const list = useId();
  const show = () => {
    setTyped('');
    onType('');
    setAt(0);
    setOpen(true);
  };
  const choose = (choice: Choice | null) => {
    setOpen(false);
    onChange(choice);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) show();
      else setAt((before) => Math.max(0, Math.min(choices.length - 1, before + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      const choice = choices[at];
      if (choice) choose(choice);
    } else if (event.key === 'Tab') setOpen(false);
  };
  useEffect(() => {
    if (open) document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [open, at, list]);
  return (
    <div ref={anchor} className="combobox">
      <input
        {...control}
        className="input"
        role="combobox"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open && choices[at] ? `${list}-${at}` : undefined}
        aria-label={label}
        autoComplete="off"
        disabled={disabled}
        placeholder={value ? value.label : (placeholder ?? t('common.typeToSearch'))}
        value={open ? typed : (value?.label ?? '')}
        onFocus={show}
        onClick={() => open || show()}
        onBlur={(event) => {
          if (!anchor.current?.contains(event.relatedTarget)) setOpen(false);
        }}
        onChange={(event) => {
          setTyped(event.target.value);
          onType(event.target.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={key}
      />
      {value && !disabled && (
        <button type="button" className="combobox-clear" aria-label={t('common.clear')} onClick={() => choose(null)}>
          <Icon name="close" size={12} />
        </button>
      )}
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} stretch className="choices-panel">
        <div id={list} role="listbox" aria-label={label ?? t('common.select')} className="choices">
          {choices.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input keeps the focus and answers to the keys
            <div
              key={choice.value}
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={choice.value === value?.value}
              data-at={index === at ? '' : undefined}
              className="choice"
              onPointerMove={() => setAt(index)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(choice)}
            >
              <span className="ellipsis">{choice.label}</span>
              {choice.value === value?.value && <Icon name="check" />}
            </div>
          ))}
          {choices.length === 0 && (
            <div className="choice-none">{loading ? t('common.loading') : t('common.noMatch')}</div>
          )}
        </div>
      </Popover>
    </div>
  );
}

interface MultiSelectProps extends Partial<ControlProps> {
  values: string[];
  choices: Choice[];
  onChange: (values: string[]) => void;
  disabled?: boolean;
  label?: string;
}

/** Pick several of a few. */
export function MultiSelect({ values, choices, onChange, disabled, label, ...control }: MultiSelectProps) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const chosen = choices.filter((choice) => values.includes(choice.value));
  return (
    <div ref={anchor} className="combobox">
      <button
        type="button"
        id={control.id}
        aria-describedby={control['aria-describedby']}
        className="input multi-select"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={label}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        {chosen.length === 0 ? (
          <span className="faint">{t('common.select')}</span>
        ) : (
          chosen.map((choice) => <Badge key={choice.value}>{choice.label}</Badge>)
        )}
        <Icon name="chevronDown" />
      </button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} stretch className="choices-panel">
        <CheckList values={values} choices={choices} onChange={onChange} label={label ?? t('common.select')} />
      </Popover>
    </div>
  );
}

/** More boxes than these are looked through by typing. */
const LOOKED_OVER_MAX = 12;

/** Boxes to tick, one below the other; where they are many, with a box to type in that leaves those that answer and those ticked. */
export function CheckList({
  values,
  choices,
  onChange,
  label,
}: {
  values: string[];
  choices: (Choice & { badge?: React.ReactNode })[];
  onChange: (values: string[]) => void;
  label: string;
}) {
  const { t } = useTexts();
  const [typed, setTyped] = useState('');
  const words = typed.trim().toLowerCase().split(/\s+/);
  const answers = ({ label, value }: Choice) => {
    const place = `${label} ${value}`.toLowerCase();
    return words.every((word) => place.includes(word));
  };
  const shown = choices.filter((choice) => values.includes(choice.value) || answers(choice));
  return (
    <>
      {choices.length > LOOKED_OVER_MAX && (
        <div className="choices-search">
          <input
            className="input"
            type="search"
            autoComplete="off"
            aria-label={t('common.typeToSearch')}
            placeholder={t('common.typeToSearch')}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          />
        </div>
      )}
      <fieldset className="choices" aria-label={label}>
        {shown.map((choice) => (
          <label key={choice.value} className="choice">
            <input
              type="checkbox"
              checked={values.includes(choice.value)}
              onChange={(event) =>
                onChange(
                  event.target.checked
                    ? choices.map((each) => each.value).filter((each) => each === choice.value || values.includes(each))
                    : values.filter((each) => each !== choice.value),
                )
              }
            />
            <span className="ellipsis">{choice.badge ?? choice.label}</span>
          </label>
        ))}
        {!choices.some(answers) && <div className="choice-none">{t('common.noMatch')}</div>}
      </fieldset>
    </>
  );
}
