import { useQueryClient } from '@tanstack/react-query';
import { useCanGoBack, useNavigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { formatPercent } from '#kernel';
import { type Profile, profileQuery } from '../../api/customer.ts';
import { fieldOf, useEntityByCode, useSession } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { isTyping } from '../../app/shortcuts.ts';
import { Button, Change, Dialog, Icon, IconButton, Menu, Money, Notice } from '../../kit/kit.ts';
import { useTitle } from '../../kit/use-title.ts';
import { Cell } from '../../records/cell.tsx';
import { RecordForm } from '../../records/form.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Erasure } from './erasure.tsx';
import { changeOver, yearsBetween } from './facts.ts';
import { TagMarks, TierMark } from './marks.tsx';
import { Revealable } from './reveal.tsx';
import { TagEditor } from './tag-editor.tsx';

const CHANGE_DAYS = 30;

interface HeaderProps {
  id: string;
  profile: Profile;
  on: string;
}

const text = (row: Row, field: string): string | null => {
  const value = row[field];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Who this is, always in sight: name, tier and tags with their reasons, the facts that a call begins with, the assets. */
export function Header({ id, profile, on }: HeaderProps) {
  const { t } = useTexts();
  const { customer } = profile;
  const back = useBack();
  const [drawer, setDrawer] = useState<'edit' | 'contact' | 'erase' | null>(null);
  const erasedOn = text(customer, 'erased_on');
  const name = erasedOn ? t('customer.erased') : (text(customer, 'name') ?? text(customer, 'number') ?? id);
  const tier = text(customer, 'tier');
  useTitle(name);
  return (
    <header className="customer-head">
      <div className="customer-line">
        <IconButton icon="chevronLeft" label={t('customer.back')} className="customer-back" onClick={back} />
        <h1 className="ellipsis" title={name}>
          {customer.kind === 'company' && <Icon name="building" />}
          {name}
        </h1>
        {tier && (
          <span className="customer-tier">
            <TierMark code={tier} reason={profile.tierReason} />
          </span>
        )}
        <Assets profile={profile} on={on} />
      </div>
      <div className="customer-tags customer-tags-narrow">
        {tier && <TierMark code={tier} reason={profile.tierReason} />}
        <TagMarks tags={profile.tags} max={profile.tags.length} />
        <TagEditor id={id} tags={profile.tags} />
      </div>
      <div className="customer-line">
        <Facts id={id} customer={customer} on={on} />
        {!erasedOn && <Actions onOpen={setDrawer} />}
      </div>
      {erasedOn && <Notice kind="info">{t('customer.erasedHint', { date: erasedOn })}</Notice>}
      {drawer === 'erase' && (
        <Erasure id={id} number={text(customer, 'number') ?? id} onClose={() => setDrawer(null)} />
      )}
      {(drawer === 'edit' || drawer === 'contact') && (
        <Drawer kind={drawer} id={id} name={name} profile={profile} onClose={() => setDrawer(null)} />
      )}
    </header>
  );
}

/** The way back to where the reader came from, by the button or Esc; to the list for who came by an address. */
function useBack(): () => void {
  const router = useRouter();
  const navigate = useNavigate();
  const canGoBack = useCanGoBack();
  const back = () => (canGoBack ? router.history.back() : void navigate({ to: '/customers' }));
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || isTyping(event)) return;
      event.preventDefault();
      back();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
  return back;
}

function Assets({ profile, on }: { profile: Profile; on: string }) {
  const { t } = useTexts();
  const total = profile.aum.total ?? text(profile.customer, 'aum');
  const change = changeOver(profile.aum.curve, CHANGE_DAYS, on);
  return (
    <div className="customer-aum">
      <span className="customer-aum-label faint">{t('customer.aum')}</span>
      <span className="customer-aum-total">
        <Money value={total} sign />
      </span>
      {change && (
        <span className="customer-aum-change">
          <Change value={change.amount}>
            <Money value={change.amount} />
          </Change>
          {change.share !== null && <Change value={change.share}>{formatPercent(change.share, 1)}</Change>}
          <span className="faint">{t('customer.change30')}</span>
        </span>
      )}
      <span className="customer-aum-date faint">{t('customer.asOf', { date: on })}</span>
    </div>
  );
}

/** The facts that a conversation begins with, in one line. What is not known is left out. */
function Facts({ id, customer, on }: { id: string; customer: Row; on: string }) {
  const { t } = useTexts();
  const entity = useEntityByCode('customer');
  if (!entity) return null;
  const cell = (code: string) => {
    const field = fieldOf(entity, code);
    return field && customer[code] ? <Cell field={field} value={customer[code]} /> : null;
  };
  const phone = fieldOf(entity, 'phone');
  const birth = text(customer, 'birth_date');
  const assessed = text(customer, 'risk_assessed_on');
  const since = text(customer, 'since');
  const risk = cell('risk_level');
  const facts: [string, ReactNode][] = [
    ['phone', phone && text(customer, 'phone') && <Revealable customer={id} field={phone} value={customer.phone} />],
    ['kind', cell('kind')],
    ['gender', cell('gender')],
    ['age', birth && /^\d{4}-\d{2}-\d{2}$/.test(birth) && t('customer.age', { count: yearsBetween(birth, on) })],
    ['occupation', cell('occupation')],
    ['risk', risk && <span title={assessed ? t('customer.assessed', { date: assessed }) : undefined}>{risk}</span>],
    ['branch', cell('branch')],
    ['owner', cell('owner') ?? <span className="faint">{t('customer.noOwner')}</span>],
    ['since', since && t('customer.customerSince', { date: since })],
    ['number', cell('number')],
  ];
  return (
    <ul className="customer-facts">
      {facts.map(
        ([code, fact]) =>
          fact && (
            <li key={code} data-fact={code}>
              {fact}
            </li>
          ),
      )}
    </ul>
  );
}

function Actions({ onOpen }: { onOpen: (drawer: 'edit' | 'contact' | 'erase') => void }) {
  const { t } = useTexts();
  const customer = useEntityByCode('customer');
  const interaction = useEntityByCode('interaction');
  const mayErase = useMay('customers.erase');
  return (
    <div className="customer-actions">
      {interaction?.access.create && (
        <Button icon="phone" onClick={() => onOpen('contact')}>
          {t('customer.contact')}
        </Button>
      )}
      {customer?.access.update && (
        <Button icon="edit" onClick={() => onOpen('edit')}>
          {t('customer.edit')}
        </Button>
      )}
      <IconButton icon="print" label={t('customer.print')} className="customer-print" onClick={() => window.print()} />
      {mayErase && (
        <Menu
          label={t('customer.more')}
          align="end"
          items={[{ code: 'erase', label: t('customer.erase.title'), icon: 'eraser', onSelect: () => onOpen('erase') }]}
          trigger={(props) => <IconButton icon="more" label={t('customer.more')} {...props} />}
        />
      )}
    </div>
  );
}

interface DrawerProps {
  kind: 'edit' | 'contact';
  id: string;
  name: string;
  profile: Profile;
  onClose: () => void;
}

/** The customer's data, or one more contact, in the form that every entity has. */
function Drawer({ kind, id, name, profile, onClose }: DrawerProps) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { user } = useSession();
  const entity = useEntityByCode(kind === 'edit' ? 'customer' : 'interaction');
  const done = () => {
    void queries.invalidateQueries({ queryKey: profileQuery(id).queryKey });
    onClose();
  };
  if (!entity) return null;
  return (
    <Dialog
      shape="drawer"
      title={`${kind === 'edit' ? t('customer.editTitle') : t('customer.contactTitle')} · ${name}`}
      onClose={onClose}
    >
      <div className="drawer-form">
        {kind === 'edit' ? (
          <RecordForm entity={entity} row={profile.customer} onDone={done} onCancel={onClose} />
        ) : (
          <RecordForm
            entity={entity}
            initial={{
              customer: { id, label: name },
              user: { id: user.id, label: user.name },
              at: new Date().toISOString(),
            }}
            onDone={done}
            onCancel={onClose}
          />
        )}
      </div>
    </Dialog>
  );
}
