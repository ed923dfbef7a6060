import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { markAllRead, notificationsQuery, unreadQuery } from '../../api/notifications.ts';
import { Button, Empty, ErrorState, PageHead, Skeleton, type Tab, Tabs } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { NotificationItem } from './item.tsx';

/** Everything that the reader was told, unread first in sight. */
export function Notifications() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { part } = useSearch({ from: '/inside/notifications' });
  const unread = part !== 'all';
  const count = useQuery(unreadQuery).data?.unread;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    notificationsQuery(unread),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const tabs: Tab<'unread' | 'all'>[] = [
    { code: 'unread', label: t('notifications.unread'), count },
    { code: 'all', label: t('notifications.all') },
  ];
  return (
    <div className="page notifications">
      <PageHead title={t('notifications.title')} hint={t('notifications.hint')}>
        <Button icon="check" disabled={!count} onClick={() => void markAllRead()}>
          {t('notifications.markAll')}
        </Button>
      </PageHead>
      <Tabs
        label={t('notifications.title')}
        tabs={tabs}
        value={unread ? 'unread' : 'all'}
        onChange={(code) =>
          void navigate({ to: '/notifications', search: code === 'all' ? { part: code } : {}, replace: true })
        }
      >
        {error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Skeleton lines={6} />
        ) : items.length === 0 ? (
          <Empty
            icon="bell"
            title={t(unread ? 'notifications.noneUnread' : 'notifications.none')}
            hint={t('notifications.noneHint')}
          />
        ) : (
          <div className="notification-list">
            {items.map((each) => (
              <NotificationItem key={each.id} notification={each} />
            ))}
          </div>
        )}
        {hasNextPage && (
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('notifications.more')}
          </Button>
        )}
      </Tabs>
    </div>
  );
}
