import { Button, toast } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import './security.css';

function CopyButton({ text }: { text: string }) {
  const { t } = useTexts();
  return (
    <Button
      icon="copy"
      onClick={() => void navigator.clipboard?.writeText(text).then(() => toast(t('common.copied')))}
      reason={navigator.clipboard ? undefined : t('common.none')}
    >
      {t('security.copy')}
    </Button>
  );
}

/** A text that is shown once: a one-time password, a token. */
export function Secret({ text, label }: { text: string; label: string }) {
  return (
    <div className="secret">
      <output className="mono" aria-label={label}>
        {text}
      </output>
      <CopyButton text={text} />
    </div>
  );
}

/** Recovery codes, shown once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useTexts();
  return (
    <div className="recovery-codes">
      <p>{t('security.recoverySave')}</p>
      <ol className="mono" aria-label={t('security.recovery')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <CopyButton text={codes.join('\n')} />
    </div>
  );
}
