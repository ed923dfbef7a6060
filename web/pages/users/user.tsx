import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Button } from '../../kit/kit.ts';
import { RecordPanel } from '../../records/panel.tsx';
import { useTexts } from '../../texts/texts.ts';
import { SetPassword } from './set-password.tsx';

/** One user beside the list: roles, unit, whether active; and a new password. */
export function User() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { id } = useParams({ from: '/inside/admin/users/$id' });
  const search = useSearch({ from: '/inside/admin/users' });
  const entity = useEntityByCode('user');
  const mayManage = useMay('users.manage');
  const [setting, setSetting] = useState<Row>();
  if (!entity) return null;
  return (
    <>
      <RecordPanel
        key={id}
        entity={entity}
        id={id}
        onClose={() => void navigate({ to: '/admin/users', search })}
        onCreated={(row) => {
          void navigate({ to: '/admin/users/$id', params: { id: row.id }, search });
          // Without a password nobody can sign in: it is the next thing to do.
          if (mayManage) setSetting(row);
        }}
        {...(mayManage
          ? { actions: (row: Row) => <Button onClick={() => setSetting(row)}>{t('users.setPassword')}</Button> }
          : {})}
      />
      {setting && <SetPassword user={setting} onClose={() => setSetting(undefined)} />}
    </>
  );
}
