import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { remove } from '../../api/client.ts';
import { queryClient } from '../../api/queries.ts';
import { userSecurityQuery } from '../../api/security.ts';
import type { Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, Confirm, DateText, ErrorState, Skeleton, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import './users.css';

/** A user's second factors and devices, for those who look after the security of accounts. */
export function UserSecurity({ user }: { user: Row }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const mayReset = useMay('users.reset_factors');
  const { data, error, refetch } = useQuery(userSecurityQuery(user.id));
  const [asking, setAsking] = useState<'reset' | 'end'>();
  const name = String(user.name ?? '');
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  const factors = [
    ...(data.totp ? [t('security.totp')] : []),
    ...(data.keys.length > 0 ? [t('security.user.keyCount', { count: data.keys.length })] : []),
  ];
  const run = async (path: string, done: string) => {
    setAsking(undefined);
    try {
      await remove(path);
      toast(done);
    } catch (failure) {
      toast(errorText(failure), 'problem');
    }
    await queryClient.invalidateQueries({ queryKey: ['user-security', user.id] });
  };
  return (
    <section className="user-security" aria-label={t('security.user.title')}>
      <h3>{t('security.user.title')}</h3>
      <div className="user-security-line">
        <span className="quiet">{t('security.user.factors')}</span>
        <span>{factors.join('、') || t('security.user.none')}</span>
        {mayReset && factors.length > 0 && (
          <Button onClick={() => setAsking('reset')}>{t('security.user.reset')}</Button>
        )}
      </div>
      <div className="user-security-line">
        <span className="quiet">{t('security.sessions')}</span>
        <span>
          {data.sessions.length === 0
            ? t('security.user.sessionsNone')
            : data.sessions.map(({ id, device, address, seenAt }) => (
                <span key={id} className="user-session">
                  {device || t('security.unknownDevice')} <span className="mono faint">{address}</span>{' '}
                  <span className="faint">
                    <DateText value={seenAt} />
                  </span>
                </span>
              ))}
        </span>
        {data.sessions.length > 0 && <Button onClick={() => setAsking('end')}>{t('security.user.endAll')}</Button>}
      </div>
      {asking === 'reset' && (
        <Confirm
          title={t('security.user.reset')}
          text={t('security.user.resetText', { name })}
          yes={t('security.user.reset')}
          danger
          onNo={() => setAsking(undefined)}
          onYes={() => void run(`/users/${user.id}/factors`, t('security.user.resetDone', { name }))}
        />
      )}
      {asking === 'end' && (
        <Confirm
          title={t('security.user.endAll')}
          text={t('security.user.endAllText', { name })}
          yes={t('security.user.endAll')}
          danger
          onNo={() => setAsking(undefined)}
          onYes={() => void run(`/users/${user.id}/sessions`, t('security.user.endAllDone', { name }))}
        />
      )}
    </section>
  );
}
