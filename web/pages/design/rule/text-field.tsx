import { type ReactNode, useRef } from 'react';
import type { Language, Text } from '#kernel';
import { NamePicker } from '../../../conditions/name-picker.tsx';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Field, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { useIssue } from './issues.tsx';
import { useLanguageOfTexts } from './language.tsx';
import { keptText, shownText } from './shown-text.ts';

interface TextFieldProps {
  /** Its place in the definition. */
  path: string;
  label: string;
  help?: ReactNode;
  value: Text;
  /** Names that may stand in it. */
  names: readonly VocabularyName[];
  /** Marks that are filled for the reader, such as [客户姓名]. */
  marks?: readonly string[];
  rows?: number;
  charactersMax: number;
  disabled: boolean;
  onChange: (text: Text) => void;
}

/** A text for people in the language that is being written, with values in braces that are found by their names. */
export function TextField(props: TextFieldProps) {
  const { path, label, help, value, names, marks = [], rows, charactersMax, disabled, onChange } = props;
  const { t } = useTexts();
  const language = useLanguageOfTexts();
  const area = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const error = useIssue(path, true);
  const shown = shownText(value[language], names, language);
  const put = (text: string) => onChange(writtenIn(value, language, keptText(text, names, language)));
  const insert = (word: string) => {
    const at = area.current?.selectionStart ?? shown.length;
    const until = area.current?.selectionEnd ?? at;
    put(`${shown.slice(0, at)}${word}${shown.slice(until)}`);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(at + word.length, at + word.length);
    });
  };
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <Field label={label} help={shown === '' ? help : undefined} error={error} wide>
      {(control) => (
        <div className="rule-text-field">
          {rows === undefined ? (
            <TextInput
              {...control}
              ref={area}
              value={shown}
              disabled={disabled}
              maxLength={charactersMax}
              placeholder={value[other]}
              onChange={(event) => put(event.target.value)}
            />
          ) : (
            <textarea
              {...control}
              ref={area}
              className="input"
              rows={rows}
              value={shown}
              disabled={disabled}
              maxLength={charactersMax}
              placeholder={value[other]}
              onChange={(event) => put(event.target.value)}
            />
          )}
          {!disabled && (
            <div className="rule-inserts">
              <NamePicker
                names={names}
                chosen={undefined}
                label={t('rules.insertInto', { name: label })}
                placeholder={t('rules.insert')}
                className="rule-insert"
                onPick={(name) => insert(`{${shownLabel(name, names, language)}}`)}
              />
              {marks.map((mark) => (
                <button key={mark} type="button" className="word-button rule-insert" onClick={() => insert(mark)}>
                  {mark}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
    </Field>
  );
}

const shownLabel = (name: VocabularyName, names: readonly VocabularyName[], language: Language): string =>
  shownText(`{${name.code}}`, names, language).slice(1, -1);

/** While one language is written that nobody wrote apart, the other follows. */
function writtenIn(before: Text, language: Language, text: string): Text {
  const together = before.zh === before.en || before[language === 'zh' ? 'en' : 'zh'] === '';
  return together ? { zh: text, en: text } : { ...before, [language]: text };
}
