import { useEffect, useRef, useState } from 'react';
import type { Body, CheckAnswer } from '../../../api/definitions.ts';
import { Notice } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { isSame } from '../kinds.ts';
import { placeInYaml, readYaml, yamlOf } from './yaml-text.ts';

/** Beyond this the server refuses a definition anyway. */
const CHARACTERS_MAX = 24_576;
interface Mistake {
  message: string;
  from?: number;
  to?: number;
}

interface RuleTextProps {
  body: Body;
  issues: CheckAnswer['issues'];
  disabled: boolean;
  /** Given whatever the text says, right or wrong, as long as it can be read. */
  onChange: (body: Body) => void;
  onReady: (isReady: boolean) => void;
}

/** The whole rule as text, in the form of the packs; mistakes are marked where they stand. */
export function RuleText({ body, issues, disabled, onChange, onReady }: RuleTextProps) {
  const { t, text: say, language } = useTexts();
  const [text, setText] = useState(() => yamlOf(body));
  const said = useRef(body);
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSame(body, said.current)) return;
    said.current = body;
    setText(yamlOf(body));
  }, [body]);
  const reading = readYaml(text);
  const mistakes: Mistake[] =
    reading.mistakes.length > 0
      ? reading.mistakes.map(({ from, to, ...message }) => ({ message: message[language], from, to }))
      : issues.map((issue) => ({
          message: `${issue.path === '' ? '' : `${issue.path}：`}${say(issue.message)}`,
          ...placeInYaml(text, issue.path),
        }));
  const marked = mistakes.find(({ from }) => from !== undefined);
  const change = (next: string) => {
    setText(next);
    const read = readYaml(next);
    onReady(read.body !== undefined);
    if (!read.body) return;
    said.current = read.body;
    onChange(read.body);
  };
  const show = ({ from, to }: Mistake) => {
    if (from === undefined) return;
    area.current?.focus();
    area.current?.setSelectionRange(from, to ?? from);
  };
  return (
    <div className="rule-text">
      <div className="expression-layers">
        <div ref={mirror} className="expression-mirror" aria-hidden="true">
          {marked ? (
            <>
              {text.slice(0, marked.from)}
              <mark>{text.slice(marked.from, marked.to) || ' '}</mark>
              {text.slice(marked.to)}
            </>
          ) : (
            text
          )}{' '}
        </div>
        <textarea
          ref={area}
          className="input"
          rows={Math.min(40, Math.max(16, text.split('\n').length + 1))}
          spellCheck={false}
          autoCapitalize="off"
          maxLength={CHARACTERS_MAX}
          disabled={disabled}
          aria-label={t('rules.text.label')}
          aria-invalid={mistakes.length > 0 || undefined}
          value={text}
          onChange={(event) => change(event.target.value)}
          onScroll={(event) => {
            mirror.current!.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {mistakes.map((mistake) => (
        <p key={`${mistake.from} ${mistake.message}`} className="field-error" role="alert">
          <button type="button" className="rule-mistake" onClick={() => show(mistake)}>
            {mistake.message}
          </button>
        </p>
      ))}
      {mistakes.length === 0 && <Notice kind="info">{t('rules.text.help')}</Notice>}
    </div>
  );
}
