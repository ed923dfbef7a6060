import { type FormEvent, useEffect, useState } from 'react';
import { isApiError } from '../../api/client.ts';
import {
  confirmAtSignIn,
  type Enrolment,
  enrolAtSignIn,
  giveNewPassword,
  giveSecondFactor,
  type Method,
  type SignInAnswer,
  type SignInStep,
} from '../../api/security.ts';
import { Button, ErrorState, Field, Skeleton, useErrorText, Wordmark } from '../../kit/kit.ts';
import { NewPassword } from '../../security/new-password.tsx';
import { ProofForm } from '../../security/proof-form.tsx';
import { RecoveryCodes } from '../../security/secret.tsx';
import { TotpSetup } from '../../security/totp-setup.tsx';
import { useTexts } from '../../texts/texts.ts';

/** What stands between the password and the first page. */
export type Step = { next: SignInStep; methods: Method[] } | { next: 'recovery_codes'; codes: string[] };

interface StepsProps {
  step: Step;
  onAnswer: (answer: SignInAnswer) => void;
  onStartAgain: (why?: string) => void;
  onProceed: () => void;
}

export function Steps({ step, onAnswer, onStartAgain, onProceed }: StepsProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  /** A sign-in that took too long or failed too often begins anew, with the reason. */
  const isOver = (error: unknown): boolean => {
    if (!isApiError(error) || error.status !== 401) return false;
    onStartAgain(errorText(error));
    return true;
  };
  const titles = {
    second_factor: t('security.secondTitle'),
    new_password: t('security.oneTimeTitle'),
    enrol_factor: t('security.totpForcedTitle'),
    recovery_codes: t('security.recoveryTitle'),
  };
  return (
    <div className="sign-in-form">
      <div className="sign-in-brand">
        <Wordmark height={22} />
      </div>
      <h1>{titles[step.next]}</h1>
      {step.next === 'second_factor' && (
        <ProofForm
          methods={step.methods}
          optionsPath="/session/second-factor/options"
          submit={t('signIn.submit')}
          onProof={async (proof) => onAnswer(await giveSecondFactor(proof))}
          onRefusal={isOver}
        />
      )}
      {step.next === 'new_password' && <OwnPassword onAnswer={onAnswer} isOver={isOver} />}
      {step.next === 'enrol_factor' && <Enrol onAnswer={onAnswer} isOver={isOver} />}
      {step.next === 'recovery_codes' ? (
        <>
          <RecoveryCodes codes={step.codes} />
          <Button look="primary" onClick={onProceed}>
            {t('security.recoverySaved')}
          </Button>
        </>
      ) : (
        <p>
          <button type="button" className="link" onClick={() => onStartAgain()}>
            {t('security.startAgain')}
          </button>
        </p>
      )}
    </div>
  );
}

interface PartProps {
  onAnswer: (answer: SignInAnswer) => void;
  isOver: (error: unknown) => boolean;
}

function OwnPassword({ onAnswer, isOver }: PartProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (password === '') return setProblem(t('record.requiredField', { field: t('security.newPassword') }));
    setBusy(true);
    try {
      onAnswer(await giveNewPassword(password));
    } catch (error) {
      setBusy(false);
      if (!isOver(error)) setProblem(errorText(error));
    }
  };
  return (
    <form className="proof" onSubmit={(event) => void send(event)} noValidate>
      <p className="quiet">{t('security.oneTimeHint')}</p>
      <Field label={t('security.newPassword')} help={t('security.passwordHelp')} error={problem} required>
        {(control) => <NewPassword control={control} value={password} onChange={setPassword} autoFocus />}
      </Field>
      <Button look="primary" type="submit" busy={busy}>
        {t('security.proceed')}
      </Button>
    </form>
  );
}

function Enrol({ onAnswer, isOver }: PartProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, on arrival: each asking makes a new secret
  useEffect(() => {
    enrolAtSignIn().then(setEnrolment, (error: unknown) => isOver(error) || setFailure(error));
  }, []);
  const confirm = async (code: string) => {
    setBusy(true);
    try {
      onAnswer(await confirmAtSignIn(code));
    } catch (error) {
      setBusy(false);
      if (!isOver(error)) setProblem(errorText(error));
    }
  };
  if (failure !== undefined) return <ErrorState error={failure} />;
  if (!enrolment) return <Skeleton lines={5} />;
  return (
    <>
      <TotpSetup form="enrol" enrolment={enrolment} problem={problem} onCode={(code) => void confirm(code)} />
      <Button look="primary" type="submit" form="enrol" busy={busy}>
        {t('security.proceed')}
      </Button>
    </>
  );
}
