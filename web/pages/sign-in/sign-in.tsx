import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { publicQuery } from '../../api/queries.ts';
import { signIn as askToSignIn, type SignInAnswer } from '../../api/security.ts';
import { enter, isSignedIn } from '../../app/session.ts';
import { Button, Field, Mark, Notice, Segmented, TextInput, useErrorText, Wordmark } from '../../kit/kit.ts';
import { changeLanguage, useTexts } from '../../texts/texts.ts';
import { type Step, Steps } from './steps.tsx';
import './sign-in.css';

export function SignIn() {
  const { t, text, language } = useTexts();
  const { to, why } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const facts = useQuery(publicQuery);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [step, setStep] = useState<Step>();

  // Only a path of our own: `//host` would lead somewhere else.
  const isOurs = to !== undefined && /^\/(?![/\\])/.test(to);
  const proceed = () => (isOurs ? router.history.replace(to) : void navigate({ to: '/', replace: true }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, on arrival
  useEffect(() => {
    if (why === undefined) void isSignedIn().then((yes) => yes && proceed());
  }, []);

  const signIn = async (name: string, secret: string) => {
    if (name.trim() === '' || secret === '') {
      setProblem(t('signIn.bothNeeded'));
      return;
    }
    setBusy(name);
    setProblem(undefined);
    try {
      await goOn(await askToSignIn(name.trim(), secret));
    } catch (error) {
      setProblem(errorText(error));
      setBusy(undefined);
    }
  };
  const goOn = async (answer: SignInAnswer) => {
    if ('next' in answer) return setStep(answer);
    const { recoveryCodes, ...session } = answer;
    await enter(session);
    if (recoveryCodes) setStep({ next: 'recovery_codes', codes: recoveryCodes });
    else proceed();
  };
  const startAgain = (why?: string) => {
    setStep(undefined);
    setBusy(undefined);
    setPassword('');
    setProblem(why);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn(username, password);
  };

  const demo = facts.data?.demo ?? [];
  const ideas = [
    { title: t('signIn.ideaWhole'), text: t('signIn.ideaWholeText') },
    { title: t('signIn.ideaWatch'), text: t('signIn.ideaWatchText') },
    { title: t('signIn.ideaNext'), text: t('signIn.ideaNextText') },
  ];

  return (
    <div className="sign-in">
      <section className="sign-in-story">
        <Wordmark height={22} />
        <div className="sign-in-lines">
          <p className="sign-in-tagline">{t('product.tagline')}</p>
          <dl>
            {ideas.map((idea) => (
              <div key={idea.title}>
                <dt>{idea.title}</dt>
                <dd>{idea.text}</dd>
              </div>
            ))}
          </dl>
        </div>
        <div className="sign-in-mark" aria-hidden="true">
          <Mark size={520} />
        </div>
      </section>
      <main className="sign-in-main">
        <div className="sign-in-language">
          <Segmented
            label={t('profile.language')}
            value={language}
            choices={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
            onChange={(chosen) => void changeLanguage(chosen)}
          />
        </div>
        {step ? (
          <Steps step={step} onAnswer={(answer) => void goOn(answer)} onStartAgain={startAgain} onProceed={proceed} />
        ) : (
          <form className="sign-in-form" onSubmit={submit} noValidate>
            <div className="sign-in-brand">
              <Wordmark height={22} />
            </div>
            <h1>{facts.data ? text(facts.data.institution.name) : t('signIn.title')}</h1>
            {problem !== undefined ? (
              <Notice kind="danger">{problem}</Notice>
            ) : why === 'expired' ? (
              <Notice kind="info">{t('signIn.expired')}</Notice>
            ) : why === 'signedOut' ? (
              <Notice kind="ok">{t('signIn.signedOut')}</Notice>
            ) : null}
            <Field label={t('signIn.username')}>
              {(control) => (
                <TextInput
                  {...control}
                  name="username"
                  autoComplete="username"
                  autoCapitalize="none"
                  spellCheck={false}
                  autoFocus
                  value={username}
                  onChange={(event) => setUsername(event.target.value)}
                />
              )}
            </Field>
            <Field label={t('signIn.password')}>
              {(control) => (
                <TextInput
                  {...control}
                  type="password"
                  name="password"
                  autoComplete="current-password"
                  value={password}
                  onChange={(event) => setPassword(event.target.value)}
                />
              )}
            </Field>
            <Button look="primary" type="submit" busy={busy !== undefined}>
              {busy !== undefined ? t('signIn.busy') : t('signIn.submit')}
            </Button>
            {demo.length > 0 && (
              <section className="sign-in-demo" aria-label={t('signIn.demo')}>
                <h2>
                  {t('signIn.demo')}
                  <span className="faint">{t('signIn.demoHint')}</span>
                </h2>
                {demo.map((account) => (
                  <button
                    key={account.username}
                    type="button"
                    disabled={busy !== undefined}
                    onClick={() => void signIn(account.username, account.password)}
                  >
                    <span className="mono">{account.username}</span>
                    <span className="quiet">{text(account.label)}</span>
                  </button>
                ))}
              </section>
            )}
          </form>
        )}
      </main>
    </div>
  );
}
