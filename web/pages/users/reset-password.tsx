import { useState } from 'react';
import { post } from '../../api/client.ts';
import type { Row } from '../../api/types.ts';
import { Button, Dialog, Notice, useErrorText } from '../../kit/kit.ts';
import { Secret } from '../../security/secret.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Gives a user a password for one sign-in, which is shown once. */
export function ResetPassword({ user, onClose }: { user: Row; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const name = String(user.name ?? '');
  const [password, setPassword] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const reset = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      setPassword((await post<{ password: string }>(`/users/${user.id}/password`)).password);
    } catch (error) {
      setProblem(errorText(error));
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={t('security.user.oneTime')}
      onClose={onClose}
      width={440}
      actions={
        password === undefined ? (
          <>
            <Button onClick={onClose}>{t('common.cancel')}</Button>
            <Button look="primary" busy={busy} onClick={() => void reset()}>
              {t('security.user.oneTime')}
            </Button>
          </>
        ) : (
          <Button look="primary" onClick={onClose}>
            {t('common.done')}
          </Button>
        )
      }
    >
      {problem !== undefined && <Notice kind="danger">{problem}</Notice>}
      {password === undefined ? (
        <p>{t('security.user.oneTimeText', { name })}</p>
      ) : (
        <>
          <p>{t('security.user.oneTimeShown', { name })}</p>
          <Secret text={password} label={t('security.user.oneTime')} />
        </>
      )}
    </Dialog>
  );
}
