import { useEffect, useRef, useState } from 'react';
import { isMap, parseDocument, stringify } from 'yaml';
import type { Body, CheckAnswer } from '../../../api/definitions.ts';
import { Notice } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { isSame } from '../kinds.ts';

/** Beyond this the server refuses a definition anyway. */
const CHARACTERS_MAX = 24_576;
const LINE = 110;

export const yamlOf = (body: Body): string => stringify(body, { lineWidth: LINE });

interface Mistake {
  message: string;
  from?: number;
  to?: number;
}

interface Reading {
  body?: Body;
  mistakes: { zh: string; en: string; from: number; to: number }[];
}

/** The definition that a text is; or what is wrong with the text, and where. */
export function readYaml(text: string): Reading {
  const document = parseDocument(text, { uniqueKeys: true, maxAliasCount: 0 } as never);
  const [error] = document.errors;
  if (error) {
    const [from, to] = error.pos;
    const line = text.slice(0, from).split('\n').length;
    const why = error.message.split('\n')[0]!.replace(/ at line .*$/, '');
    return {
      mistakes: [
        {
          zh: `第 ${line} 行写法有误，请检查缩进、冒号与引号（${why}）`,
          en: `line ${line} is not well formed; look at indents, colons and quotes (${why})`,
          from,
          to,
        },
      ],
    };
  }
  if (!isMap(document.contents)) {
    return {
      mistakes: [
        {
          zh: '应为“名称: 内容”的形式，从 label、when、if、then 写起',
          en: 'write "name: content", beginning with label, when, if, then',
          from: 0,
          to: text.length,
        },
      ],
    };
  }
  try {
    return { body: document.toJS({ maxAliasCount: 0 }) as Body, mistakes: [] };
  } catch {
    return {
      mistakes: [
        {
          zh: '不能使用 YAML 的引用（& 和 *），请把内容写全',
          en: 'aliases of YAML (& and *) cannot be used; write it out',
          from: 0,
          to: text.length,
        },
      ],
    };
  }
}

/** Where in the text a part of the definition stands. */
export function placeInYaml(text: string, path: string): { from: number; to: number } | undefined {
  const document = parseDocument(text);
  const keys = path === '' ? [] : path.split('/').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let most = keys.length; most > 0; most -= 1) {
    const node = document.getIn(keys.slice(0, most), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return { from: node.range[0], to: node.range[1] };
  }
  return undefined;
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
