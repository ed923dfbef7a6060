import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { post, remove } from '../../api/client.ts';
import { queryClient } from '../../api/queries.ts';
import { type ApiToken, userTokensQuery } from '../../api/security.ts';
import type { Row } from '../../api/types.ts';
import {
  Button,
  Confirm,
  DateText,
  Dialog,
  ErrorState,
  Field,
  NumberInput,
  Skeleton,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { Secret } from '../../security/secret.tsx';
import { useTexts } from '../../texts/texts.ts';
import './users.css';

/** The tokens of an API account. */
export function UserTokens({ user }: { user: Row }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const { data, error, refetch } = useQuery(userTokensQuery(user.id));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['user-tokens', user.id] });
  const revoke = async ({ id }: ApiToken) => {
    setRevoking(undefined);
    try {
      await remove(`/users/${user.id}/tokens/${id}`);
    } catch (failure) {
      toast(errorText(failure), 'problem');
    }
    await refresh();
  };
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  return (
    <section className="user-security" aria-label={t('security.user.tokens')}>
      <h3>
        {t('security.user.tokens')}
        <Button icon="add" onClick={() => setMaking(true)}>
          {t('security.user.tokenNew')}
        </Button>
      </h3>
      {data.length === 0 && <p className="quiet">{t('security.user.tokensNone')}</p>}
      {data.map((token) => (
        <TokenLine key={token.id} token={token} onRevoke={() => setRevoking(token)} />
      ))}
      {making && (
        <NewToken
          user={user}
          onClose={() => {
            setMaking(false);
            void refresh();
          }}
        />
      )}
      {revoking && (
        <Confirm
          title={t('security.user.tokenRevoke')}
          text={t('security.user.tokenRevokeText', { name: revoking.name })}
          yes={t('security.user.tokenRevoke')}
          danger
          onNo={() => setRevoking(undefined)}
          onYes={() => void revoke(revoking)}
        />
      )}
    </section>
  );
}

function TokenLine({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const { t } = useTexts();
  const { name, hint, expiresAt, revokedAt, usedAt, usedFrom } = token;
  const over = revokedAt !== null || Date.parse(expiresAt) < Date.now();
  const dated = (text: 'security.user.tokenExpires' | 'security.user.tokenUsed', date: string) => {
    const [before, behind] = t(text, { date: '\u0000', from: usedFrom ?? '' }).split('\u0000');
    return (
      <span className="faint">
        {before}
        <DateText value={date} />
        {behind}
      </span>
    );
  };
  return (
    <div className="user-security-line">
      <span className={over ? 'faint' : ''}>{name}</span>
      <span>
        <span className="mono faint">{hint}…</span>{' '}
        {revokedAt !== null
          ? t('security.user.tokenRevoked')
          : over
            ? t('security.user.tokenExpired')
            : dated('security.user.tokenExpires', expiresAt)}
        <span className="user-session">
          {usedAt ? (
            dated('security.user.tokenUsed', usedAt)
          ) : (
            <span className="faint">{t('security.user.tokenUnused')}</span>
          )}
        </span>
      </span>
      {!over && (
        <Button aria-label={`${t('security.user.tokenRevoke')} ${name}`} onClick={onRevoke}>
          {t('security.user.tokenRevoke')}
        </Button>
      )}
    </div>
  );
}

const DAYS_MAX = 365;

function NewToken({ user, onClose }: { user: Row; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [token, setToken] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ field: 'name' | 'days'; text: string }>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '')
      return setProblem({ field: 'name', text: t('record.requiredField', { field: t('security.user.tokenName') }) });
    if (!/^\d+$/.test(days) || Number(days) < 1 || Number(days) > DAYS_MAX)
      return setProblem({ field: 'days', text: t('security.user.tokenDaysHelp') });
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await post<{ token: string }>(`/users/${user.id}/tokens`, { name: name.trim(), days: Number(days) });
      setToken(made.token);
    } catch (error) {
      setProblem({ field: 'name', text: errorText(error) });
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={`${t('security.user.tokenNew')} · ${String(user.name ?? '')}`}
      onClose={onClose}
      width={480}
      actions={
        token === undefined ? (
          <>
            <Button onClick={onClose}>{t('common.cancel')}</Button>
            <Button look="primary" type="submit" form="new-token" busy={busy}>
              {t('common.create')}
            </Button>
          </>
        ) : (
          <Button look="primary" onClick={onClose}>
            {t('common.done')}
          </Button>
        )
      }
    >
      {token === undefined ? (
        <form id="new-token" className="user-form" onSubmit={(event) => void send(event)} noValidate>
          <Field
            label={t('security.user.tokenName')}
            error={problem?.field === 'name' ? problem.text : undefined}
            required
          >
            {(control) => (
              <TextInput
                {...control}
                maxLength={60}
                autoFocus
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field
            label={t('security.user.tokenDays')}
            help={t('security.user.tokenDaysHelp')}
            error={problem?.field === 'days' ? problem.text : undefined}
            required
          >
            {(control) => (
              <NumberInput
                {...control}
                inputMode="numeric"
                value={days}
                onChange={(event) => setDays(event.target.value)}
              />
            )}
          </Field>
        </form>
      ) : (
        <>
          <p>{t('security.user.tokenShown')}</p>
          <Secret text={token} label={t('security.user.tokens')} />
        </>
      )}
    </Dialog>
  );
}
