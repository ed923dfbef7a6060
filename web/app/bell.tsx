import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { markAllRead, notificationsQuery, unreadQuery } from '../api/notifications.ts';
import { Button, Empty, Icon, Popover, Skeleton } from '../kit/kit.ts';
import { NotificationItem } from '../pages/notifications/item.tsx';
import { useTexts } from '../texts/texts.ts';

const SHOWN = 10;

/** How much is unread, and the newest of it. */
export function Bell() {
  const { t } = useTexts();
  const anchor = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  const { data } = useQuery(unreadQuery);
  const { unread = 0, urgent = 0, capped = false } = data ?? {};
  const figures = { count: unread, urgent };
  const label = urgent > 0 ? t('notifications.bellUrgent', figures) : t('notifications.bellUnread', figures);
  return (
    <span ref={anchor} className="bell">
      <button
        type="button"
        className="button button-quiet button-bare"
        aria-label={unread > 0 ? label : t('notifications.bell')}
        title={t('notifications.bell')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="bell" />
      </button>
      {unread > 0 && (
        <span className="bell-count" data-urgent={urgent > 0 || undefined} aria-hidden="true">
          {`${unread}${capped ? '+' : ''}`}
        </span>
      )}
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} align="end" className="bell-panel">
        <BellPanel unread={unread} onClose={() => setOpen(false)} />
      </Popover>
    </span>
  );
}

function BellPanel({ unread, onClose }: { unread: number; onClose: () => void }) {
  const { t } = useTexts();
  const { data } = useInfiniteQuery(notificationsQuery(unread > 0));
  const items = data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <section aria-label={t('notifications.title')}>
      <header className="bell-head">
        <strong>{t('notifications.title')}</strong>
        <Button disabled={unread === 0} onClick={() => void markAllRead()}>
          {t('notifications.markAll')}
        </Button>
      </header>
      {!data ? (
        <Skeleton lines={4} />
      ) : items.length === 0 ? (
        <Empty icon="bell" title={t('notifications.none')} hint={t('notifications.noneHint')} />
      ) : (
        <div className="notification-list">
          {items.map((each) => (
            <NotificationItem key={each.id} notification={each} onOpened={onClose} />
          ))}
        </div>
      )}
      <footer className="bell-foot">
        <Link to="/notifications" search={{}} onClick={onClose}>
          {t('notifications.seeAll')}
        </Link>
      </footer>
    </section>
  );
}
