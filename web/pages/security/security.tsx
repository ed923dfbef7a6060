import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { post, remove } from '../../api/client.ts';
import { queryClient } from '../../api/queries.ts';
import { type DeviceSession, type Enrolment, type Security, securityQuery } from '../../api/security.ts';
import {
  Badge,
  Button,
  type Column,
  Confirm,
  DateText,
  Dialog,
  ErrorState,
  Field,
  Notice,
  PageHead,
  Panel,
  Skeleton,
  Table,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { NewPassword } from '../../security/new-password.tsx';
import { RecoveryCodes } from '../../security/secret.tsx';
import { KeyCancelled, makeKey } from '../../security/security-key.ts';
import { TotpSetup } from '../../security/totp-setup.tsx';
import { useTexts } from '../../texts/texts.ts';
import './security.css';

const refresh = () => queryClient.invalidateQueries({ queryKey: securityQuery.queryKey });

type Open =
  | { what: 'password' | 'key' | 'renew' | 'removeTotp' }
  | { what: 'totp'; enrolment: Enrolment }
  | { what: 'removeKey'; id: string; name: string }
  | { what: 'codes'; codes: string[] };

/** What everybody keeps in order for himself: password, second factors, devices. */
export function MySecurity() {
  const { t } = useTexts();
  const errorText = useErrorText();
  const { data, error, refetch } = useQuery(securityQuery);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);

  const attempt = async (run: () => Promise<void>) => {
    try {
      await run();
    } catch (failure) {
      toast(errorText(failure), 'problem');
    }
    await refresh();
  };
  const done = ({ recoveryCodes }: { recoveryCodes: string[] | null }) => {
    setOpen(recoveryCodes ? { what: 'codes', codes: recoveryCodes } : undefined);
    void refresh();
  };

  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <div className="security">
      <PageHead title={t('security.title')} hint={t('security.hint')} />
      {!data ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <Panel label={t('security.password')}>
            <ul className="security-lines">
              <Line
                what={t('security.password')}
                hint={data.passwordChangedAt && <Dated text="security.passwordChanged" date={data.passwordChangedAt} />}
              >
                <Button onClick={() => setOpen({ what: 'password' })}>{t('security.changePassword')}</Button>
              </Line>
            </ul>
          </Panel>
          <Factors
            data={data}
            onOpen={setOpen}
            onStartTotp={() =>
              void attempt(async () => setOpen({ what: 'totp', enrolment: await post<Enrolment>('/security/totp') }))
            }
          />
          <Sessions sessions={data.sessions} attempt={attempt} />
        </>
      )}
      {open?.what === 'password' && <ChangePassword onClose={close} />}
      {open?.what === 'totp' && <ConfirmTotp enrolment={open.enrolment} onClose={close} onDone={done} />}
      {open?.what === 'key' && <AddKey onClose={close} onDone={done} />}
      {open?.what === 'codes' && (
        <Dialog
          title={t('security.recoveryTitle')}
          onClose={close}
          width={440}
          actions={
            <Button look="primary" onClick={close}>
              {t('security.recoverySaved')}
            </Button>
          }
        >
          <RecoveryCodes codes={open.codes} />
        </Dialog>
      )}
      {open?.what === 'removeTotp' && (
        <Confirm
          title={t('security.totpRemove')}
          text={t('security.totpRemoveText')}
          yes={t('security.totpRemove')}
          danger
          onNo={close}
          onYes={() => {
            close();
            void attempt(() => remove('/security/totp'));
          }}
        />
      )}
      {open?.what === 'removeKey' && (
        <Confirm
          title={t('security.totpRemove')}
          text={t('security.keyRemoveText', { name: open.name })}
          yes={t('security.totpRemove')}
          danger
          onNo={close}
          onYes={() => {
            close();
            void attempt(() => remove(`/security/keys/${open.id}`));
          }}
        />
      )}
      {open?.what === 'renew' && (
        <Confirm
          title={t('security.recoveryRenew')}
          text={t('security.recoveryRenewText')}
          yes={t('security.recoveryRenew')}
          onNo={close}
          onYes={() => {
            close();
            void attempt(async () => done(await post<{ recoveryCodes: string[] }>('/security/recovery-codes')));
          }}
        />
      )}
    </div>
  );
}

function Line({ what, hint, children }: { what: ReactNode; hint?: ReactNode; children?: ReactNode }) {
  return (
    <li>
      <div className="security-what">
        {what}
        {hint && <span>{hint}</span>}
      </div>
      {children}
    </li>
  );
}

/** A sentence with a date in it, in the institution's zone. */
function Dated({
  text,
  date,
}: {
  text: 'security.passwordChanged' | 'security.totpSince' | 'security.keySince' | 'security.keyUsed';
  date: string;
}) {
  const { t } = useTexts();
  const [before, behind] = t(text, { date: '\u0000' }).split('\u0000');
  return (
    <>
      {before}
      <DateText value={date} />
      {behind}
    </>
  );
}

interface FactorsProps {
  data: Security;
  onOpen: (open: Open) => void;
  onStartTotp: () => void;
}

function Factors({ data, onOpen, onStartTotp }: FactorsProps) {
  const { t } = useTexts();
  const hasFactor = data.totp !== null || data.keys.length > 0;
  const elsewhere = window.location.origin !== data.keyOrigin;
  const keyReason = elsewhere
    ? t('security.keyElsewhere', { origin: data.keyOrigin })
    : window.PublicKeyCredential === undefined
      ? t('security.keyUnsupported')
      : undefined;
  return (
    <Panel title={t('security.factors')} label={t('security.factors')}>
      {data.factorRequired && !hasFactor && <Notice kind="warn">{t('security.factorRequired')}</Notice>}
      <ul className="security-lines">
        <Line what={t('security.totp')} hint={t('security.totpHint')}>
          <span className="security-state">
            {data.totp ? <Dated text="security.totpSince" date={data.totp.since} /> : t('security.totpOff')}
          </span>
          {data.totp ? (
            <Button onClick={() => onOpen({ what: 'removeTotp' })}>{t('security.totpRemove')}</Button>
          ) : (
            <Button onClick={onStartTotp}>{t('security.totpStart')}</Button>
          )}
        </Line>
        <Line what={t('security.keys')} hint={keyReason ?? t('security.keysHint')}>
          {data.keys.length === 0 && <span className="security-state">{t('security.keysNone')}</span>}
          <Button reason={keyReason} onClick={() => onOpen({ what: 'key' })}>
            {t('security.keyAdd')}
          </Button>
        </Line>
        {data.keys.map(({ id, name, createdAt, usedAt }) => (
          <Line
            key={id}
            what={name}
            hint={
              usedAt ? (
                <Dated text="security.keyUsed" date={usedAt} />
              ) : (
                <Dated text="security.keySince" date={createdAt} />
              )
            }
          >
            <Button
              aria-label={`${t('security.totpRemove')} ${name}`}
              onClick={() => onOpen({ what: 'removeKey', id, name })}
            >
              {t('security.totpRemove')}
            </Button>
          </Line>
        ))}
        {hasFactor && (
          <Line what={t('security.recovery')} hint={t('security.recoveryHint')}>
            <span className="security-state">{t('security.recoveryLeft', { count: data.recoveryCodesLeft })}</span>
            <Button onClick={() => onOpen({ what: 'renew' })}>{t('security.recoveryRenew')}</Button>
          </Line>
        )}
      </ul>
    </Panel>
  );
}

interface SessionsProps {
  sessions: DeviceSession[];
  attempt: (run: () => Promise<void>) => Promise<void>;
}

function Sessions({ sessions, attempt }: SessionsProps) {
  const { t } = useTexts();
  const columns: Column<DeviceSession>[] = [
    {
      code: 'device',
      label: t('security.sessionDevice'),
      phone: 'title',
      cell: ({ device, own }) => (
        <>
          {device || t('security.unknownDevice')} {own && <Badge colour="teal">{t('security.sessionOwn')}</Badge>}
        </>
      ),
    },
    {
      code: 'address',
      label: t('security.sessionAddress'),
      cell: ({ address }) => <span className="mono">{address}</span>,
    },
    { code: 'proof', label: t('security.sessionProof'), cell: ({ proof }) => t(`security.methods.${proof}`) },
    { code: 'seenAt', label: t('security.sessionSeen'), cell: ({ seenAt }) => <DateText value={seenAt} /> },
    {
      code: 'end',
      label: '',
      number: true,
      cell: ({ id, own }) =>
        !own && (
          <Button look="quiet" onClick={() => void attempt(() => remove(`/security/sessions/${id}`))}>
            {t('security.sessionEnd')}
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title={t('security.sessions')}
      label={t('security.sessions')}
      actions={
        sessions.length > 1 && (
          <Button
            onClick={() =>
              void attempt(async () => {
                await remove('/security/sessions');
                toast(t('security.sessionsEnded'));
              })
            }
          >
            {t('security.sessionsEnd')}
          </Button>
        )
      }
    >
      <Table label={t('security.sessions')} columns={columns} rows={sessions} rowKey={({ id }) => id} />
    </Panel>
  );
}

function ChangePassword({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ field: string; text: string }>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const missing = current === '' ? 'current' : password === '' ? 'password' : undefined;
    if (missing) {
      const field = t(missing === 'current' ? 'security.currentPassword' : 'security.newPassword');
      return setProblem({ field: missing, text: t('record.requiredField', { field }) });
    }
    setBusy(true);
    try {
      await post<void>('/security/password', { current, password });
      toast(t('security.passwordDone'));
      void refresh();
      onClose();
    } catch (error) {
      setBusy(false);
      const field = (error as { field?: string }).field === 'current' ? 'current' : 'password';
      setProblem({ field, text: errorText(error) });
    }
  };
  const problemOf = (field: string) => (problem?.field === field ? problem.text : undefined);
  return (
    <Dialog
      title={t('security.changePassword')}
      onClose={onClose}
      width={420}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="change-password" busy={busy}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form id="change-password" className="security-form" onSubmit={(event) => void send(event)} noValidate>
        <Field label={t('security.currentPassword')} error={problemOf('current')} required>
          {(control) => (
            <TextInput
              {...control}
              type="password"
              autoComplete="current-password"
              autoFocus
              value={current}
              onChange={(event) => {
                setCurrent(event.target.value);
                setProblem(undefined);
              }}
            />
          )}
        </Field>
        <Field
          label={t('security.newPassword')}
          help={t('security.passwordHelp')}
          error={problemOf('password')}
          required
        >
          {(control) => (
            <NewPassword
              control={control}
              value={password}
              onChange={(value) => {
                setPassword(value);
                setProblem(undefined);
              }}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

interface SetupProps {
  onClose: () => void;
  onDone: (answer: { recoveryCodes: string[] | null }) => void;
}

function ConfirmTotp({ enrolment, onClose, onDone }: SetupProps & { enrolment: Enrolment }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async (code: string) => {
    setBusy(true);
    try {
      onDone(await post('/security/totp/confirm', { code }));
    } catch (error) {
      setBusy(false);
      setProblem(errorText(error));
    }
  };
  return (
    <Dialog
      title={t('security.totpTitle')}
      onClose={onClose}
      width={420}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="totp-setup" busy={busy}>
            {t('security.totpStart')}
          </Button>
        </>
      }
    >
      <TotpSetup form="totp-setup" enrolment={enrolment} problem={problem} onCode={(code) => void confirm(code)} />
    </Dialog>
  );
}

const KEY_NAME_MAX = 60;

function AddKey({ onClose, onDone }: SetupProps) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return setProblem(t('record.requiredField', { field: t('security.keyName') }));
    setBusy(true);
    setProblem(undefined);
    try {
      const credential = await makeKey();
      const answer = await post<{ recoveryCodes: string[] | null }>('/security/keys', {
        name: name.trim(),
        credential,
      });
      toast(t('security.keyAdded', { name: name.trim() }));
      onDone(answer);
    } catch (error) {
      setBusy(false);
      setProblem(error instanceof KeyCancelled ? t('security.keyCancelled') : errorText(error));
    }
  };
  return (
    <Dialog
      title={t('security.keyAddTitle')}
      onClose={onClose}
      width={420}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="add-key" busy={busy}>
            {busy ? t('security.askingKey') : t('security.keyAdd')}
          </Button>
        </>
      }
    >
      <form id="add-key" className="security-form" onSubmit={(event) => void send(event)} noValidate>
        <Field label={t('security.keyName')} help={t('security.keyNameHelp')} error={problem} required>
          {(control) => (
            <TextInput
              {...control}
              maxLength={KEY_NAME_MAX}
              autoFocus
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
