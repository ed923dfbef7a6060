/** What the reader is told inside the program. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import { queryClient } from './queries.ts';

export interface Notification {
  id: string;
  at: string;
  level: 'info' | 'warning' | 'urgent';
  title: string;
  text: string | null;
  /** There is a text, worded with amounts that the reader may not see. */
  withheld: boolean;
  customer: { id: string; label: string | null } | null;
  path: string | null;
  rule: string | null;
  readAt: string | null;
}

interface NotificationPage {
  items: Notification[];
  next: string | null;
}

const COUNT_EVERY_MS = 20_000;

export const unreadQuery = queryOptions({
  queryKey: ['notifications', 'count'],
  queryFn: ({ signal }) =>
    get<{ unread: number; urgent: number; capped: boolean }>('/notifications/count', undefined, signal),
  refetchInterval: COUNT_EVERY_MS,
});

export const notificationsQuery = (unread: boolean) =>
  infiniteQueryOptions({
    queryKey: ['notifications', 'list', unread],
    queryFn: ({ pageParam, signal }) => get<NotificationPage>('/notifications', { unread, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

const refresh = () => queryClient.invalidateQueries({ queryKey: ['notifications'] });

export async function markRead(id: string, read: boolean): Promise<void> {
  await post<void>(`/notifications/${id}/read`, { read });
  await refresh();
}

export async function markAllRead(): Promise<void> {
  await post('/notifications/read');
  await refresh();
}
