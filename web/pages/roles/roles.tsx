import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { formatCount } from '#kernel';
import { type RoleSummary, rolesQuery, vocabularyQuery } from '../../api/governance.ts';
import { useMay } from '../../app/permissions.ts';
import { Badge, type Column, DateText, Empty, ErrorState, PageHead, Skeleton, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Approval } from './approval.tsx';
import './roles.css';

export const stateColours = { pack: 'grey', changed: 'amber', own: 'violet' } as const;

/** Every role: what it is for, who holds it, and whether it is still as shipped. */
export function Roles() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const mayLook = useMay('access.explain');
  const roles = useQuery({ ...rolesQuery, enabled: mayLook });
  const vocabulary = useQuery({ ...vocabularyQuery, enabled: mayLook });
  if (!mayLook) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const dutyOf = (role: RoleSummary) => vocabulary.data?.duties.find(({ code }) => code === role.duty)?.label;
  const columns: Column<RoleSummary>[] = [
    {
      code: 'role',
      label: t('governance.roles.role'),
      phone: 'title',
      cell: (role) => (
        <span className="role-name">
          <strong>{text(role.label)}</strong>
          <span className="faint">{text(role.description)}</span>
        </span>
      ),
    },
    { code: 'duty', label: t('governance.roles.duty'), cell: (role) => text(dutyOf(role)) },
    {
      code: 'holders',
      label: t('governance.roles.holders'),
      number: true,
      cell: (role) => <span className={role.holders === 0 ? 'faint' : ''}>{formatCount(role.holders)}</span>,
    },
    {
      code: 'state',
      label: t('governance.roles.state'),
      cell: (role) => <Badge colour={stateColours[role.state]}>{t(`governance.roles.${role.state}`)}</Badge>,
    },
    {
      code: 'updated',
      label: t('governance.roles.updated'),
      phone: 'hide',
      cell: (role) =>
        role.updatedAt ? (
          <span className="quiet">
            <DateText value={role.updatedAt} /> {role.updatedBy}
          </span>
        ) : (
          <span className="faint">{t('common.none')}</span>
        ),
    },
  ];
  return (
    <>
      <PageHead title={t('governance.roles.title')} hint={t('governance.roles.hint')} />
      {roles.error && !roles.data ? (
        <ErrorState error={roles.error} onRetry={() => void roles.refetch()} />
      ) : !roles.data ? (
        <Skeleton lines={10} />
      ) : (
        <Table
          label={t('governance.roles.title')}
          columns={columns}
          rows={roles.data}
          rowKey={(role) => role.code}
          onOpen={(role) => void navigate({ to: '/admin/roles/$code', params: { code: role.code } })}
        />
      )}
      <Approval />
    </>
  );
}
