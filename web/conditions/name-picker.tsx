import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon, Popover } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { grouped } from './measure-text.ts';
import { NAMES_SHOWN_MAX, searchNames } from './name-search.ts';
import type { VocabularyName } from './vocabulary.ts';

interface NamePickerProps {
  names: readonly VocabularyName[];
  /** What is chosen, in words; without it the placeholder. */
  chosen: string | undefined;
  onPick: (name: VocabularyName) => void;
  /** What it is for, read aloud. */
  label: string;
  placeholder: string;
  /** A last entry: write a calculation instead. */
  onText?: () => void;
  disabled?: boolean;
  invalid?: boolean;
  className?: string;
}

/** A word in a sentence that opens to all words that may stand there: found by typing, under headings, with what they mean. */
export function NamePicker(props: NamePickerProps) {
  const { chosen, label, placeholder, disabled, invalid, className } = props;
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={`word-button ${className ?? ''}`}
        data-empty={chosen === undefined ? '' : undefined}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-invalid={invalid || undefined}
        aria-label={chosen === undefined ? label : `${label} ${chosen}`}
        title={chosen}
        disabled={disabled}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' && !event.altKey) {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        <span className="ellipsis">{chosen ?? placeholder}</span>
        {!disabled && <Icon name="chevronDown" size={12} />}
      </button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} className="name-panel">
        <Choices
          {...props}
          onDone={() => {
            setOpen(false);
            anchor.current?.focus();
          }}
        />
      </Popover>
    </>
  );
}

function Choices({ names, onPick, onText, label, onDone }: NamePickerProps & { onDone: () => void }) {
  const { t, text, language } = useTexts();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const found = searchNames(names, typed);
  const shown = found.slice(0, NAMES_SHOWN_MAX);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, at]);
  const pick = (name: VocabularyName | undefined) => {
    if (!name) return;
    onPick(name);
    onDone();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((before) => Math.max(0, Math.min(shown.length - 1, before + step)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      pick(shown[at]);
    } else if (event.key === 'Tab') onDone();
    event.stopPropagation();
  };
  return (
    <>
      <input
        ref={input}
        type="search"
        className="input name-search"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={shown[at] ? `${list}-${at}` : undefined}
        aria-label={label}
        placeholder={t('design.conditions.searchNames')}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      <div id={list} role="listbox" aria-label={label} className="name-list">
        {shown.map((name, index) => (
          <div key={name.code} role="presentation">
            {name.group.code !== shown[index - 1]?.group.code && (
              <div className="menu-group" role="presentation">
                {text(name.group.label)}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input keeps the focus and answers to the keys */}
            <div
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              data-at={index === at ? '' : undefined}
              className="name-choice"
              onPointerMove={() => setAt(index)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => pick(name)}
            >
              <span className="name-line">
                <span>{text(name.label)}</span>
                {name.value !== undefined && (
                  <span className="faint name-now">
                    {grouped(name.value)}
                    {name.unit === 'percent' ? ' %' : ''}
                  </span>
                )}
                <span className="mono faint name-code">{name.code}</span>
              </span>
              {name.description && <span className="faint name-about">{name.description[language]}</span>}
            </div>
          </div>
        ))}
        {found.length === 0 && <div className="choice-none">{t('common.noMatch')}</div>}
        {found.length > shown.length && (
          <div className="choice-none">{t('design.conditions.moreNames', { count: found.length - shown.length })}</div>
        )}
      </div>
      {onText && (
        <button
          type="button"
          className="name-text"
          onClick={() => {
            onDone();
            onText();
          }}
        >
          <Icon name="edit" size={14} />
          {t('design.conditions.writeCalculation')}
        </button>
      )}
    </>
  );
}
