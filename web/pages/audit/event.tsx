import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { type AuditChange, auditEventQuery, type WholeAuditEvent } from '../../api/audit.ts';
import { fieldOf, useEntityByCode } from '../../api/hooks.ts';
import type { Entity } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { isTyping } from '../../app/shortcuts.ts';
import { type Column, DateText, Dot, ErrorState, IconButton, Notice, Panel, Skeleton, Table } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import { useObjectName } from './object-name.ts';

/** One event beside the list: what changed, where it came from, and the proof that it is what was recorded. Esc closes. */
export function AuditEventPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts();
  const { data: event, error, refetch } = useQuery(auditEventQuery(id));
  useEffect(() => {
    const press = (pressed: KeyboardEvent) => {
      if (pressed.key === 'Escape' && !isTyping(pressed)) onClose();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [onClose]);
  return (
    <aside className="split-side" aria-label={t('audit.title')}>
      <header className="side-head">
        <div className="side-name">
          <h2 className="ellipsis">{event ? `${event.actor} · ${t(`audit.actions.${event.action}`)}` : ' '}</h2>
          {event && (
            <p className="faint">
              <DateText value={event.at} detail="second" />
            </p>
          )}
        </div>
        {event && <Dot colour={event.decision === 'denied' ? 'red' : 'green'}>{t(`audit.${event.decision}`)}</Dot>}
        <IconButton icon="close" label={t('audit.back')} onClick={onClose} />
      </header>
      {error && !event ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : event ? (
        <Content event={event} />
      ) : (
        <Skeleton lines={10} />
      )}
    </aside>
  );
}

const proofKinds = { proved: 'ok', linked: 'info', broken: 'danger', unknown: 'warn' } as const;

function Content({ event }: { event: WholeAuditEvent }) {
  const { t } = useTexts();
  const entity = useEntityByCode(event.entity ?? undefined);
  const other = Object.entries(event.other).filter(([, value]) => value !== null && value !== undefined);
  return (
    <>
      <div className="side-part">
        <Notice kind={proofKinds[event.proof.state]}>
          <strong>{t(`audit.proofs.${event.proof.state}`, { root: event.proof.root })}</strong>
          <p className="faint">{t('audit.place', { chain: `${event.retention}/${event.shard}`, seq: event.seq })}</p>
        </Notice>
      </div>
      <About event={event} />
      {event.changes.length > 0 && <Changes changes={event.changes} entity={entity} />}
      {other.length > 0 && (
        <Panel title={t('audit.details')}>
          <dl className="audit-facts">
            {other.map(([key, value]) => (
              <Fact key={key} label={key}>
                <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
              </Fact>
            ))}
          </dl>
        </Panel>
      )}
      <Panel title={t('audit.origin')}>
        <dl className="audit-facts">
          <Fact label={t('audit.address')}>{event.address}</Fact>
          <Fact label={t('audit.session')}>{event.session}</Fact>
          <Fact label={t('audit.request')}>{event.request}</Fact>
          <Fact label={t('audit.hash')}>
            <code>{event.hash}</code>
          </Fact>
        </dl>
      </Panel>
    </>
  );
}

/** About whom and what, with the ways there for those who may go. */
function About({ event }: { event: WholeAuditEvent }) {
  const { t } = useTexts();
  const objectName = useObjectName();
  const mayManage = useMay('users.manage');
  const { customer, actorId, actor } = event;
  return (
    <dl className="audit-facts audit-about">
      <Fact label={t('audit.actor')}>
        {actorId !== null && mayManage ? (
          <Link to="/admin/users/$id" params={{ id: actorId }}>
            {actor}
          </Link>
        ) : (
          actor
        )}
        {event.onBehalf.length > 0 && ` ${t('audit.onBehalf', { names: event.onBehalf.join(', ') })}`}
      </Fact>
      <Fact label={t('audit.object')}>
        {event.entity && `${objectName(event.entity)}${event.recordId ? ` ${event.recordId}` : ''}`}
      </Fact>
      <Fact label={t('audit.customer')}>
        {customer &&
          (customer.label === null ? (
            customer.id
          ) : (
            <Link to="/customers/$id" params={{ id: customer.id }}>
              {customer.label}
            </Link>
          ))}
      </Fact>
      <Fact label={t('audit.purpose')}>{event.purpose}</Fact>
      <Fact label={t('audit.rule')}>{event.rule}</Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  if (children === null || children === undefined || children === false) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Changes({ changes, entity }: { changes: AuditChange[]; entity: Entity | undefined }) {
  const { t, text } = useTexts();
  const label = (code: string) => text(entity && fieldOf(entity, code)?.label) || code;
  const side = (which: 'before' | 'after'): Column<AuditChange> => ({
    code: which,
    label: t(`audit.${which}`),
    cell: (change) => <Value change={change} which={which} entity={entity} />,
  });
  const columns: Column<AuditChange>[] = [
    {
      code: 'field',
      label: t('audit.field'),
      phone: 'title',
      width: '30%',
      cell: ({ field, view }) => (
        <span title={view === 'masked' ? t('audit.maskedHint') : undefined}>{label(field)}</span>
      ),
    },
    side('before'),
    side('after'),
  ];
  return (
    <Panel title={t('audit.changes')}>
      <div className="audit-changes">
        <Table label={t('audit.changes')} columns={columns} rows={changes} rowKey={({ field }) => field} />
      </div>
    </Panel>
  );
}

function Value({
  change,
  which,
  entity,
}: {
  change: AuditChange;
  which: 'before' | 'after';
  entity: Entity | undefined;
}) {
  const { t } = useTexts();
  if (change.view === 'hidden') return <span className="faint">{t('audit.hiddenValue')}</span>;
  const value = change[which];
  if (value === null || value === '') return <span className="faint">{t('common.none')}</span>;
  const field = entity && fieldOf(entity, change.field);
  const shown =
    field && change.view === 'clear' ? (
      <Cell field={field} value={value} whole />
    ) : typeof value === 'object' ? (
      (value.label ?? value.id)
    ) : (
      String(value)
    );
  return which === 'before' ? <del className="audit-before">{shown}</del> : <ins className="audit-after">{shown}</ins>;
}
