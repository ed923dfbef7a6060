import { type FormEvent, useState } from 'react';
import { isApiError } from '../api/client.ts';
import type { Method, Proof } from '../api/security.ts';
import { Button, Field, Notice, TextInput, useErrorText } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { askKey, KeyCancelled } from './security-key.ts';
import './security.css';

interface ProofFormProps {
  /** The ways that this person has; the first is offered first. */
  methods: Method[];
  /** Where the server says what a security key is to sign. */
  optionsPath: string;
  submit: string;
  onProof: (proof: Proof) => Promise<void>;
  /** Instead of showing it: a refusal that ends the whole matter. True when it was taken. */
  onRefusal?: (error: unknown) => boolean;
}

const others = { totp: 'useTotp', webauthn: 'useWebauthn', recovery: 'useRecovery' } as const;

/** One proof of who one is: a code, a security key, a recovery code, or the password. */
export function ProofForm({ methods, optionsPath, submit, onProof, onRefusal }: ProofFormProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [method, setMethod] = useState<Method>(methods[0] ?? 'password');
  const [value, setValue] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const give = async (proofOf: () => Promise<Proof>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await onProof(await proofOf());
    } catch (error) {
      setBusy(false);
      setValue('');
      if (onRefusal?.(error)) return;
      setProblem(error instanceof KeyCancelled ? t('security.keyCancelled') : errorText(error));
      // Prepared words for a name that browsers give: the page was opened at another address than that of the keys.
      if (!isApiError(error) && error instanceof Error && error.name === 'SecurityError')
        setProblem(t('security.keyUnsupported'));
    }
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const text = value.trim();
    if (method === 'webauthn') void give(async () => ({ assertion: await askKey(optionsPath) }));
    else if (text === '') setProblem(t('record.requiredField', { field: t(`security.methods.${method}`) }));
    else if (method === 'totp') void give(async () => ({ code: text }));
    else if (method === 'recovery') void give(async () => ({ recoveryCode: text }));
    else void give(async () => ({ password: value }));
  };
  const choose = (next: Method) => {
    setMethod(next);
    setValue('');
    setProblem(undefined);
  };

  return (
    <form className="proof" onSubmit={send} noValidate>
      {method === 'webauthn' ? (
        problem !== undefined && <Notice kind="danger">{problem}</Notice>
      ) : (
        <Field
          key={method}
          label={method === 'password' ? t('security.currentPassword') : t(`security.methods.${method}`)}
          help={method === 'totp' ? t('security.codeHelp') : undefined}
          error={problem}
        >
          {(control) => (
            <TextInput
              {...control}
              name={method}
              type={method === 'password' ? 'password' : 'text'}
              inputMode={method === 'totp' ? 'numeric' : 'text'}
              autoComplete={method === 'password' ? 'current-password' : method === 'totp' ? 'one-time-code' : 'off'}
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              className={method === 'totp' ? 'proof-code' : ''}
              value={value}
              onChange={(event) => {
                setValue(event.target.value);
                setProblem(undefined);
              }}
            />
          )}
        </Field>
      )}
      <Button look="primary" type="submit" busy={busy} autoFocus={method === 'webauthn'}>
        {method === 'webauthn' ? (busy ? t('security.askingKey') : t('security.askKey')) : submit}
      </Button>
      {methods.length > 1 && (
        <p className="proof-others">
          {methods
            .filter((each): each is keyof typeof others => each !== method && each in others)
            .map((each) => (
              <button key={each} type="button" className="link" disabled={busy} onClick={() => choose(each)}>
                {t(`security.${others[each]}`)}
              </button>
            ))}
        </p>
      )}
    </form>
  );
}
