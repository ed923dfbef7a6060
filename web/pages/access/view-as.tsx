import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import {
  customersViewQuery,
  profileViewQuery,
  type RightsView,
  rightsViewQuery,
  vocabularyQuery,
} from '../../api/governance.ts';
import { fieldOf, useEntityByCode } from '../../api/hooks.ts';
import type { Row, Value } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  type Column,
  Empty,
  ErrorState,
  Icon,
  Notice,
  PageHead,
  Panel,
  Skeleton,
  Table,
} from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';
import { PersonPicker } from './person-picker.tsx';
import './access.css';

/** What somebody sees: rights, the first page of customers, one customer. Read only, and every look is recorded. */
export function ViewAs() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { user, customer } = useSearch({ from: '/inside/access/view-as' });
  const mayLook = useMay('access.explain');
  const rights = useQuery({ ...rightsViewQuery(user ?? ''), enabled: mayLook && user !== undefined });
  if (!mayLook) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const person = rights.data && { id: rights.data.user.id, label: rights.data.user.name };
  return (
    <>
      <PageHead title={t('governance.viewAs.title')} hint={t('governance.viewAs.hint')}>
        <div className="access-person">
          <PersonPicker
            label={t('governance.explain.user')}
            value={person ?? null}
            onChange={(next) => void navigate({ to: '/access/view-as', search: { user: next?.id } })}
          />
        </div>
      </PageHead>
      {user === undefined ? (
        <Empty icon="eye" title={t('governance.viewAs.pick')} />
      ) : rights.error ? (
        <ErrorState error={rights.error} />
      ) : !rights.data ? (
        <Skeleton lines={10} />
      ) : (
        <>
          <div className="access-part">
            <Notice kind="warn">{t('governance.viewAs.banner', { name: rights.data.user.name })}</Notice>
          </div>
          {customer === undefined ? (
            <>
              <Posts view={rights.data} />
              <Customers user={user} view={rights.data} />
              <Rights view={rights.data} />
            </>
          ) : (
            <Profile user={user} customer={customer} />
          )}
        </>
      )}
    </>
  );
}

function Posts({ view }: { view: RightsView }) {
  const { t, text } = useTexts();
  return (
    <Panel title={t('governance.viewAs.posts')}>
      <div className="access-part">
        {view.posts.length === 0 ? (
          <p className="faint">{t('governance.viewAs.noPosts')}</p>
        ) : (
          <ul className="access-posts">
            {view.posts.map((post) => (
              <li key={`${post.role.code} ${post.unit?.id} ${post.deputyFor}`}>
                <strong>{text(post.role.label)}</strong>
                {post.unit && <span className="quiet">{post.unit.label}</span>}
                {post.deputyFor !== null && (
                  <Badge colour="amber">{t('governance.viewAs.deputy', { name: post.deputyFor })}</Badge>
                )}
              </li>
            ))}
          </ul>
        )}
        <p className="access-badges">
          {view.permissions.length === 0 && <span className="faint">{t('governance.viewAs.noPermissions')}</span>}
          {view.permissions.map(({ code, label, description }) => (
            <Badge key={code} title={text(description)}>
              {text(label)}
            </Badge>
          ))}
        </p>
      </div>
    </Panel>
  );
}

function Customers({ user, view }: { user: string; view: RightsView }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const list = useQuery({ ...customersViewQuery(user), enabled: asked });
  const definition = view.entities.find(({ code }) => code === 'customer');
  const { count, capped } = view.customers;
  const columns: Column<Row>[] = (list.data?.columns ?? []).map((code, index) => ({
    code,
    label: text(definition?.fields.find((field) => field.code === code)?.label) || code,
    ...(index === 0 ? { phone: 'title' as const } : {}),
    cell: (row) => <Seen code={code} value={row[code]} />,
  }));
  return (
    <Panel
      title={
        count === 0
          ? t('governance.viewAs.nobody')
          : t(capped ? 'governance.viewAs.customersMore' : 'governance.viewAs.customers', { count })
      }
      actions={
        count > 0 && !asked && <Button onClick={() => setAsked(true)}>{t('governance.viewAs.showCustomers')}</Button>
      }
    >
      {list.error ? (
        <ErrorState error={list.error} />
      ) : (
        asked &&
        (list.data ? (
          <div className="access-scroll">
            <Table
              label={t('governance.viewAs.showCustomers')}
              columns={columns}
              rows={list.data.rows}
              rowKey={(row) => row.id}
              onOpen={(row) => void navigate({ to: '/access/view-as', search: { user, customer: row.id } })}
            />
          </div>
        ) : (
          <Skeleton />
        ))
      )}
    </Panel>
  );
}

const CONCEALED = '•••';

/** A value of a customer: in the reader's own terms where he knows the field, else as it is. */
function Seen({ code, value }: { code: string; value: Value | undefined }) {
  const entity = useEntityByCode('customer');
  const field = entity && fieldOf(entity, code);
  if (value === CONCEALED) return <span className="faint">{CONCEALED}</span>;
  return field ? <Cell field={field} value={value} /> : shown(value);
}

/** A value in words. */
function shown(value: Value | undefined): string {
  if (value === null || value === undefined) return '—';
  if (isReference(value)) return value.label;
  if (Array.isArray(value)) return value.map((each) => shown(each)).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function Rights({ view }: { view: RightsView }) {
  const { t, text } = useTexts();
  const vocabulary = useQuery(vocabularyQuery).data;
  const [open, setOpen] = useState<string>();
  return (
    <Panel title={t('governance.viewAs.rights')}>
      <ul className="access-entities">
        {view.entities.map((entity) => (
          <li key={entity.code}>
            <button
              type="button"
              aria-expanded={open === entity.code}
              disabled={!entity.access.read}
              onClick={() => setOpen(open === entity.code ? undefined : entity.code)}
            >
              <Icon name={open === entity.code ? 'chevronDown' : 'chevronRight'} size={12} />
              <span>{text(entity.label)}</span>
              {entity.access.read ? (
                vocabulary?.actions
                  .filter(({ code }) => entity.access[code])
                  .map(({ code, label }) => <Badge key={code}>{text(label)}</Badge>)
              ) : (
                <span className="faint">{t('governance.viewAs.cannot')}</span>
              )}
            </button>
            {open === entity.code && (
              <ul className="access-fields">
                {entity.fields.map((field) => (
                  <li key={field.code}>
                    <span>{text(field.label)}</span>
                    <span className="faint">
                      {field.class} · {field.level}
                    </span>
                    <Badge
                      colour={field.right.see === 'clear' ? 'green' : field.right.see === 'masked' ? 'amber' : 'grey'}
                    >
                      {text(vocabulary?.views.find(({ code }) => code === field.right.see)?.label)}
                    </Badge>
                    <span className="quiet">
                      {(['edit', 'export', 'filter'] as const)
                        .filter((act) => field.right[act])
                        .map((act) => t(`governance.roles.${act}`))
                        .join(' · ')}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Profile({ user, customer }: { user: string; customer: string }) {
  const { t, text } = useTexts();
  const profile = useQuery(profileViewQuery(user, customer));
  const vocabulary = useQuery(vocabularyQuery).data;
  if (profile.error) return <ErrorState error={profile.error} />;
  if (!profile.data) return <Skeleton lines={10} />;
  const fields = vocabulary?.entities.find(({ code }) => code === 'customer')?.fields ?? [];
  const row = profile.data.customer as Row;
  const blocks = Object.entries(profile.data).filter(([name]) => name !== 'customer');
  return (
    <Panel
      title={t('governance.viewAs.profile')}
      actions={
        <>
          <Link
            to="/access/explain"
            search={{ user, entity: 'customer', record: customer }}
            className="button button-plain"
          >
            {t('governance.viewAs.explain')}
          </Link>
          <Link to="/access/view-as" search={{ user }} className="button button-quiet">
            {t('common.back')}
          </Link>
        </>
      }
    >
      <div className="access-part">
        <dl className="record-fields">
          {fields
            .filter(({ code }) => row[code] !== undefined)
            .map(({ code, label }) => (
              <div key={code}>
                <dt>{text(label)}</dt>
                <dd>
                  <Seen code={code} value={row[code]} />
                </dd>
              </div>
            ))}
        </dl>
        <ul className="access-blocks">
          {blocks.map(([name, value]) => (
            <li key={name}>
              <details>
                <summary>
                  <span className="mono">{name}</span>{' '}
                  {Array.isArray(value) && (
                    <span className="faint">{t('governance.viewAs.rowsOf', { count: value.length })}</span>
                  )}
                </summary>
                <pre className="mono">{JSON.stringify(value, null, 1)}</pre>
              </details>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
