import { type ReactNode, useState } from 'react';
import { formatCount } from '#kernel';
import { type Identified, identifyLeak, leakLengthMax } from '../../api/disclosure.ts';
import { useRequestWords } from '../../disclosure/words.ts';
import { Button, DateText, Icon, Notice, PageHead, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import '../../disclosure/disclosure.css';

/** Whose export a leaked table comes from: a file or a pasted part of it in, the person out. */
export function Leaks() {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Identified | null>();
  const [problem, setProblem] = useState<string>();

  const identify = async () => {
    setBusy(true);
    setProblem(undefined);
    setAnswer(undefined);
    try {
      setAnswer((await identifyLeak(text)).found);
    } catch (error) {
      setProblem(errorText(error));
    }
    setBusy(false);
  };
  const open = async (file: File | undefined) => {
    // A part is enough; whole signs are kept together by reading characters, not bytes.
    if (file) setText((await file.slice(0, leakLengthMax * 3).text()).slice(0, leakLengthMax));
  };

  return (
    <div className="page">
      <PageHead title={t('disclosure.leaks')} hint={t('disclosure.leaksHint')} />
      <div className="leaks form-stack">
        {/* The browser words its own button in its own language. */}
        <label className="button button-plain leak-file">
          <Icon name="load" />
          <span>{t('disclosure.leakFile')}</span>
          <input
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            onChange={(event) => void open(event.target.files?.[0])}
          />
        </label>
        <textarea
          className="input"
          rows={8}
          aria-label={t('disclosure.leakText')}
          placeholder={t('disclosure.leakText')}
          value={text}
          maxLength={leakLengthMax}
          onChange={(event) => setText(event.target.value)}
        />
        <div>
          <Button
            look="primary"
            icon="search"
            busy={busy}
            disabled={text.trim() === ''}
            onClick={() => void identify()}
          >
            {t('disclosure.identify')}
          </Button>
        </div>
        {problem && <Notice kind="danger">{problem}</Notice>}
        {answer === null && <Notice kind="warn">{t('disclosure.leakUnknown')}</Notice>}
        {answer && <Found found={answer} />}
      </div>
    </div>
  );
}

function Found({ found: { by, strength, export: from } }: { found: Identified }) {
  const { t } = useTexts();
  const words = useRequestWords();
  const facts: [string, ReactNode][] = [
    [t('disclosure.exporter'), `${from.maker.name} (${from.maker.username}) ${from.maker.unit ?? ''}`],
    [t('disclosure.requestedAt'), <DateText key="at" value={from.requestedAt} detail="second" />],
    [t('disclosure.file'), `${words.entityName(from.entity)}, ${from.format.toUpperCase()}, ${formatCount(from.rows)}`],
    [t('disclosure.purpose'), words.purpose(from.purpose)],
    [t('disclosure.reason'), from.reason],
    [t('disclosure.ticket'), from.ticket ?? t('common.none')],
    [t('disclosure.address'), from.address],
    [t('disclosure.downloads'), formatCount(from.downloads)],
    ['SHA-256', <code key="hash">{from.sha256}</code>],
    [t('disclosure.recognised'), t(`disclosure.by.${by}`, { strength: Math.floor(strength) })],
  ];
  return (
    <dl className="leak-facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
