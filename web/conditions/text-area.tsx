import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { compile, type ExpressionType, functionTable, placeOf, usageOf } from '#expressions';
import { Failure, type Language } from '#kernel';
import { useTexts } from '../texts/texts.ts';
import { searchNames } from './name-search.ts';
import { fieldsOf, type Names } from './vocabulary.ts';

const COMPLETIONS_MAX = 12;

/** What is wrong with a text, and where; the place is missing where it is about the whole. */
export interface TextProblem {
  message: string;
  from?: number;
  to?: number;
}

/** What the language itself says of a text. Nothing for a text that is as it should be, or empty. */
export function problemOf(
  text: string,
  names: Names,
  expected: ExpressionType | undefined,
  language: Language,
): TextProblem | undefined {
  if (text.trim() === '') return undefined;
  try {
    compile(text, names.scope, expected);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { message: error.text(language), ...placeOf(error) };
  }
}

interface TextAreaProps {
  value: string;
  onChange: (text: string) => void;
  names: Names;
  problem: TextProblem | undefined;
  label: string;
  disabled?: boolean;
  autoFocus?: boolean;
  rows?: number;
}

/** An expression as text: mistakes are underlined where they are, words of the vocabulary and functions are completed. */
export function ExpressionText({
  value,
  onChange,
  names,
  problem,
  label,
  disabled,
  autoFocus,
  rows = 4,
}: TextAreaProps) {
  const { t, language } = useTexts();
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const list = useId();
  const [word, setWord] = useState<Word>();
  const [at, setAt] = useState(0);
  const completions = word ? completionsFor(word, names, language) : [];
  const look = () => {
    const element = area.current!;
    setWord(
      element.selectionStart === element.selectionEnd ? wordBefore(element.value, element.selectionStart) : undefined,
    );
    setAt(0);
  };
  const complete = (completion: Completion | undefined) => {
    if (!completion || !word) return;
    const next = `${value.slice(0, word.from)}${completion.insert}${value.slice(word.to)}`;
    const caret = word.from + completion.insert.length - (completion.insert.endsWith('()') ? 1 : 0);
    onChange(next);
    setWord(undefined);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(caret, caret);
    });
  };
  const key = (event: KeyboardEvent) => {
    if (completions.length === 0) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((before) => (before + step + completions.length) % completions.length);
    } else if (event.key === 'Tab' || event.key === 'Enter') {
      event.preventDefault();
      complete(completions[at]);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      setWord(undefined);
    }
  };
  const marked = problem?.from !== undefined;
  return (
    <div className="expression-text">
      <div className="expression-layers">
        <div ref={mirror} className="expression-mirror" aria-hidden="true">
          {marked ? (
            <>
              {value.slice(0, problem.from)}
              <mark>{value.slice(problem.from, problem.to) || ' '}</mark>
              {value.slice(problem.to)}
            </>
          ) : (
            value
          )}{' '}
        </div>
        <textarea
          ref={area}
          className="input"
          rows={rows}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          // biome-ignore lint/a11y/noAutofocus: opened by pressing “as text”, which is where the writer goes on
          autoFocus={autoFocus}
          disabled={disabled}
          aria-label={label}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${list}-problem` : undefined}
          aria-controls={completions.length > 0 ? list : undefined}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
            look();
          }}
          onClick={look}
          onKeyDown={key}
          onBlur={() => setWord(undefined)}
          onScroll={(event) => {
            mirror.current!.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {completions.length > 0 && (
        <div id={list} role="listbox" aria-label={t('design.conditions.completions')} className="completions">
          {completions.map((completion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text keeps the focus and answers to the keys
            <div
              key={completion.insert}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              data-at={index === at ? '' : undefined}
              className="completion"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => complete(completion)}
            >
              <span className="mono">{completion.insert}</span>
              <span className="faint">{completion.about}</span>
            </div>
          ))}
        </div>
      )}
      {problem && (
        <p id={`${list}-problem`} className="field-error" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  );
}

interface Completion {
  insert: string;
  about: string;
}

function completionsFor({ text, list }: Word, names: Names, language: Language): Completion[] {
  const words = list === undefined ? names.all : fieldsOf(names, list);
  const found = searchNames(words, text).map((name) => ({ insert: name.code, about: name.label[language] }));
  const functions = list === undefined ? functionsFor(text, language) : [];
  return [...found, ...functions].filter(({ insert }) => insert !== text).slice(0, COMPLETIONS_MAX);
}

function functionsFor(typed: string, language: Language): Completion[] {
  const wanted = typed.toLowerCase();
  return [...Map.groupBy(functionTable, ({ name }) => name).values()]
    .map(([definition]) => definition!)
    .filter(({ name, about }) => name.includes(wanted) || about.zh.includes(typed))
    .map((definition) => ({
      insert: `${definition.name}()`,
      about: `${usageOf(definition, language)} · ${definition.about[language]}`,
    }));
}

/** The word that is being typed, and the list whose fields it may be. */
interface Word {
  text: string;
  from: number;
  to: number;
  list?: string;
}

/** The letters before the caret, unless they stand in quotes. */
function wordBefore(text: string, caret: number): Word | undefined {
  const before = text.slice(0, caret);
  if ((before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) return undefined;
  const match = /([\p{L}_][\p{L}\p{N}_]*)$/u.exec(before);
  if (!match) return undefined;
  const from = caret - match[0].length;
  const owner = /([\p{L}_][\p{L}\p{N}_]*)(?:\[[^\]]*\])?\.$/u.exec(text.slice(0, from));
  return { text: match[0], from, to: caret, ...(owner && { list: owner[1]! }) };
}
