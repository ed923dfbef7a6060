import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { formatCount } from '#kernel';
import { isApiError } from '../../api/client.ts';
import {
  type Role as RoleOf,
  type RoleVocabulary,
  resetRole,
  rolePreviewQuery,
  roleQuery,
  rolesQuery,
  saveRole,
  vocabularyQuery,
  type WholeRole,
} from '../../api/governance.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  Confirm,
  Empty,
  ErrorState,
  Notice,
  PageHead,
  Skeleton,
  Tabs,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useDelayed } from '../../kit/use-delayed.ts';
import { useTexts } from '../../texts/texts.ts';
import { About } from './about.tsx';
import { Review } from './changes.tsx';
import { CopyRole } from './copy-role.tsx';
import { isSame } from './draft.ts';
import { FieldRights } from './field-rights.tsx';
import { Permissions } from './permissions.tsx';
import { stateColours } from './roles.tsx';
import { type PartProps, Scopes } from './scopes.tsx';
import './roles.css';

const parts = ['scopes', 'fields', 'permissions', 'about'] as const;
type Part = (typeof parts)[number];

const bodies: Record<Part, (props: PartProps) => ReactNode> = {
  scopes: (props) => <Scopes {...props} />,
  fields: (props) => <FieldRights {...props} />,
  permissions: (props) => <Permissions {...props} />,
  about: (props) => <About {...props} />,
};

/** One role: whose rows, which fields, which acts; changed as a draft, looked over, then in force at once. */
export function Role() {
  const { t } = useTexts();
  const { code } = useParams({ from: '/inside/admin/roles/$code' });
  const mayLook = useMay('access.explain');
  const role = useQuery({ ...roleQuery(code), enabled: mayLook });
  const vocabulary = useQuery({ ...vocabularyQuery, enabled: mayLook });
  if (!mayLook) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const error = role.error ?? vocabulary.error;
  if (error && !role.data) return <ErrorState error={error} onRetry={() => void role.refetch()} />;
  if (!role.data || !vocabulary.data) return <Skeleton lines={14} />;
  return <Designer key={`${code} ${role.data.version}`} whole={role.data} vocabulary={vocabulary.data} />;
}

const SETTLED_MS = 250;

function Designer({ whole, vocabulary }: { whole: WholeRole; vocabulary: RoleVocabulary }) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const mayManage = useMay('access.manage');
  const search = useSearch({ from: '/inside/admin/roles/$code' });
  const part = parts.find((each) => each === search.part) ?? 'scopes';
  const [draft, setDraft] = useState<RoleOf>(whole.role);
  const [dialog, setDialog] = useState<'review' | 'copy' | 'reset'>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ field: string | undefined; message: string; stale: boolean }>();
  const dirty = !isSame(draft, whole.role);
  const settled = useDelayed(draft, SETTLED_MS);
  const preview = useQuery({
    ...rolePreviewQuery(settled),
    enabled: mayManage && !isSame(settled, whole.role),
    placeholderData: keepPreviousData,
  });
  const leaving = useBlocker({
    shouldBlockFn: () => dirty && !busy,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  const wrong = dirty && isApiError(preview.error) ? preview.error : undefined;
  const problem = refused ?? (wrong && { field: wrong.field, message: wrong.message });
  const current = dirty && preview.data ? preview.data : undefined;

  const change = (next: RoleOf) => {
    setRefused(undefined);
    setDraft(next);
  };
  const take = (answer: WholeRole | undefined) => {
    if (answer) queries.setQueryData(roleQuery(whole.code).queryKey, answer);
    else void queries.invalidateQueries({ queryKey: roleQuery(whole.code).queryKey });
    void queries.invalidateQueries({ queryKey: rolesQuery.queryKey, exact: true });
    void queries.invalidateQueries({ queryKey: ['metadata'] });
    void queries.invalidateQueries({ queryKey: ['session'] });
  };
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      const stale = isApiError(error) && error.code === 'governance.role_stale';
      setRefused({ field: isApiError(error) ? error.field : undefined, message: errorText(error), stale });
    } finally {
      setBusy(false);
      setDialog(undefined);
    }
  };
  const save = () =>
    attempt(async () => {
      take(await saveRole(draft, whole.version));
      toast(t('governance.roles.saved'));
    });
  const reset = () =>
    attempt(async () => {
      await resetRole(whole.code, whole.version);
      if (whole.state === 'own') {
        void queries.invalidateQueries({ queryKey: rolesQuery.queryKey, exact: true });
        toast(t('governance.roles.removed'));
        await navigate({ to: '/admin/roles' });
      } else {
        take(undefined);
        toast(t('governance.roles.wasReset'));
      }
    });

  return (
    <div className="role">
      <PageHead title={text(whole.label)} hint={text(whole.description)}>
        <Link to="/admin/roles" className="button button-quiet">
          {t('governance.roles.back')}
        </Link>
        {mayManage && <Button onClick={() => setDialog('copy')}>{t('governance.roles.copy')}</Button>}
        {mayManage && whole.state === 'changed' && (
          <Button onClick={() => setDialog('reset')}>{t('governance.roles.reset')}</Button>
        )}
        {mayManage && whole.state === 'own' && (
          <Button
            look="danger"
            reason={whole.holders > 0 ? t('governance.roles.removeText') : undefined}
            onClick={() => setDialog('reset')}
          >
            {t('governance.roles.remove')}
          </Button>
        )}
      </PageHead>
      <div className="role-facts">
        <Badge colour={stateColours[whole.state]}>{t(`governance.roles.${whole.state}`)}</Badge>
        <span className="mono faint">{whole.code}</span>
        <span className="quiet">{text(vocabulary.duties.find(({ code }) => code === whole.duty)?.label)}</span>
        <span className="quiet">
          {t('governance.roles.holders')} {formatCount(whole.holders)}
        </span>
        {whole.changes.length > 0 && (
          <span className="quiet" title={whole.changes.map(({ label }) => text(label)).join('\n')}>
            {t('governance.roles.differs', { count: whole.changes.length })}
          </span>
        )}
      </div>
      {!mayManage && <Notice kind="info">{t('governance.roles.readOnly')}</Notice>}
      {problem && !isShownInPlace(problem.field, part) && (
        <Notice
          kind="danger"
          action={
            refused?.stale && (
              <Button onClick={() => void queries.invalidateQueries({ queryKey: roleQuery(whole.code).queryKey })}>
                {t('errors.loadLatest')}
              </Button>
            )
          }
        >
          {refused?.stale ? t('governance.roles.stale') : problem.message}
        </Notice>
      )}
      <Tabs
        label={t('governance.roles.tabs.label')}
        tabs={parts.map((code) => ({ code, label: t(`governance.roles.tabs.${code}`) }))}
        value={part}
        onChange={(next) =>
          void navigate({
            to: '/admin/roles/$code',
            params: { code: whole.code },
            search: { part: next === 'scopes' ? undefined : next },
            replace: true,
          })
        }
      >
        {bodies[part]({
          draft,
          rights: current?.rights ?? whole.rights,
          vocabulary,
          onChange: mayManage ? change : undefined,
          problem,
        })}
      </Tabs>
      {dirty && (
        <footer className="role-foot">
          <span>{t('governance.roles.unsaved', { count: current?.changesTotal ?? 0 })}</span>
          <span className="record-foot-space" />
          <Button onClick={() => change(whole.role)}>{t('governance.roles.discard')}</Button>
          <Button
            look="primary"
            reason={wrong ? wrong.message : undefined}
            busy={busy || (!current && preview.isFetching)}
            onClick={() => setDialog('review')}
          >
            {t('governance.roles.review')}
          </Button>
        </footer>
      )}
      {dialog === 'review' && current && (
        <Review preview={current} busy={busy} onSave={() => void save()} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'copy' && <CopyRole role={draft} onClose={() => setDialog(undefined)} />}
      {dialog === 'reset' && (
        <Confirm
          title={t(whole.state === 'own' ? 'governance.roles.remove' : 'governance.roles.reset')}
          text={t(whole.state === 'own' ? 'governance.roles.removeText' : 'governance.roles.resetText')}
          yes={t('common.confirm')}
          danger
          onYes={() => void reset()}
          onNo={() => setDialog(undefined)}
        />
      )}
      {leaving.status === 'blocked' && (
        <Confirm
          title={t('record.discard')}
          text={t('record.discardText')}
          yes={t('record.discardYes')}
          no={t('record.keepEditing')}
          danger
          onYes={leaving.proceed}
          onNo={leaving.reset}
        />
      )}
    </div>
  );
}

/** Whether the part that is open says itself what is wrong at this place. */
function isShownInPlace(field: string | undefined, part: Part): boolean {
  if (field === undefined) return false;
  if (part === 'scopes') return /^role\.entities\..+\.where$/.test(field);
  if (part === 'permissions') return field === 'role.permissions';
  return part === 'about' && /^role\.(duty$|label\.|description\.)/.test(field);
}
