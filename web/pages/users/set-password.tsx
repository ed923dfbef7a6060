import { type FormEvent, useState } from 'react';
import { post } from '../../api/client.ts';
import type { Row } from '../../api/types.ts';
import { Button, Dialog, Field, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Gives a user a new password; the server decides whether it is good enough. */
export function SetPassword({ user, onClose }: { user: Row; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (password === '') {
      setProblem(t('record.requiredField', { field: t('signIn.password') }));
      return;
    }
    setBusy(true);
    try {
      await post<void>(`/users/${user.id}/password`, { password });
      toast(t('users.passwordSet', { name: String(user.name ?? '') }));
      onClose();
    } catch (error) {
      setBusy(false);
      setProblem(errorText(error));
    }
  };
  return (
    <Dialog
      title={`${t('users.setPassword')} · ${String(user.name ?? '')}`}
      onClose={onClose}
      width={420}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="set-password" busy={busy}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form id="set-password" className="password" onSubmit={(event) => void submit(event)} noValidate>
        <Field label={t('users.newPassword')} error={problem} required>
          {(control) => (
            <TextInput
              {...control}
              type={shown ? 'text' : 'password'}
              autoComplete="new-password"
              autoFocus
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                setProblem(undefined);
              }}
            />
          )}
        </Field>
        <Button
          look="quiet"
          icon={shown ? 'eyeOff' : 'eye'}
          aria-label={shown ? t('signIn.hidePassword') : t('signIn.showPassword')}
          onClick={() => setShown(!shown)}
        />
      </form>
    </Dialog>
  );
}
