import { type FormEvent, useMemo, useState } from 'react';
import { encode } from 'uqr';
import type { Enrolment } from '../api/security.ts';
import { Field, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import './security.css';

/** Dark on white in every theme: scanners want it so. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const { data } = encode(text, { border: 2 });
    const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { path: squares.join(''), size: data.length };
  }, [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

interface TotpSetupProps {
  form: string;
  enrolment: Enrolment;
  problem: string | undefined;
  onCode: (code: string) => void;
}

/** The secret to scan or type, and the first code that proves it arrived. */
export function TotpSetup({ form, enrolment, problem, onCode }: TotpSetupProps) {
  const { t } = useTexts();
  const [code, setCode] = useState('');
  const send = (event: FormEvent) => {
    event.preventDefault();
    onCode(code.trim());
  };
  return (
    <form id={form} className="totp-setup" onSubmit={send} noValidate>
      <p className="quiet">{t('security.totpScan')}</p>
      <QrCode text={enrolment.uri} label={t('security.totpQr')} />
      <dl className="totp-secret">
        <dt>{t('security.totpSecret')}</dt>
        <dd className="mono">{enrolment.secret.replaceAll(/.{4}(?=.)/g, '$& ')}</dd>
      </dl>
      <Field label={t('security.code')} help={t('security.codeHelp')} error={problem} required>
        {(control) => (
          <TextInput
            {...control}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            className="proof-code"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
    </form>
  );
}
