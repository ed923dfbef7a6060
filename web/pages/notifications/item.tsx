import { useNavigate, useRouter } from '@tanstack/react-router';
import { markRead, type Notification } from '../../api/notifications.ts';
import { Badge, DateText, IconButton } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import './notifications.css';

const colours = { info: 'grey', warning: 'amber', urgent: 'red' } as const;

/** One notification: opened, it is read and leads to what it is about. */
export function NotificationItem({ notification, onOpened }: { notification: Notification; onOpened?: () => void }) {
  const { t } = useTexts();
  const router = useRouter();
  const navigate = useNavigate();
  const { id, at, level, title, text, withheld, customer, path, readAt } = notification;
  const open = () => {
    onOpened?.();
    if (readAt === null) void markRead(id, true);
    if (path !== null) router.history.push(path);
    else if (customer) void navigate({ to: '/customers/$id', params: { id: customer.id } });
  };
  return (
    <article className="notification" data-level={level} data-unread={readAt === null || undefined}>
      <button type="button" className="notification-body" onClick={open}>
        <span className="notification-head">
          {level !== 'info' && <Badge colour={colours[level]}>{t(`notifications.levels.${level}`)}</Badge>}
          <span className="notification-title">{title}</span>
        </span>
        {text && <span className="notification-text">{text}</span>}
        {withheld && <span className="notification-text faint">{t('notifications.withheld')}</span>}
        <span className="notification-foot faint">
          {customer?.label && <span>{customer.label}</span>}
          <DateText value={at} />
        </span>
      </button>
      <IconButton
        icon={readAt === null ? 'check' : 'undo'}
        label={t(readAt === null ? 'notifications.markRead' : 'notifications.markUnread')}
        onClick={() => void markRead(id, readAt === null)}
      />
    </article>
  );
}
