import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Button } from '../../kit/kit.ts';
import { RecordPanel } from '../../records/panel.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Posts } from './posts.tsx';
import { ResetPassword } from './reset-password.tsx';
import { UserSecurity } from './user-security.tsx';
import { UserTokens } from './user-tokens.tsx';

/** One user beside the list: roles, unit, whether active; and what keeps the account safe. */
export function User() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { id } = useParams({ from: '/inside/admin/users/$id' });
  const search = useSearch({ from: '/inside/admin/users' });
  const entity = useEntityByCode('user');
  const mayManage = useMay('users.manage');
  const mayEnd = useMay('users.end_sessions');
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
          if (mayManage && row.kind !== 'api') setSetting(row);
        }}
        {...(mayManage
          ? {
              actions: (row: Row) =>
                row.kind !== 'api' && <Button onClick={() => setSetting(row)}>{t('security.user.oneTime')}</Button>,
            }
          : {})}
      >
        {(row) => (
          <>
            <Posts key={`posts ${id}`} user={row} />
            {mayEnd && row.kind !== 'api' && <UserSecurity key={`security ${id}`} user={row} />}
            {mayManage && row.kind === 'api' && <UserTokens key={`tokens ${id}`} user={row} />}
          </>
        )}
      </RecordPanel>
      {setting && <ResetPassword user={setting} onClose={() => setSetting(undefined)} />}
    </>
  );
}
