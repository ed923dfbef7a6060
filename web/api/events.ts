/** Live facts of other systems as operators see them. */
import { queryOptions } from '@tanstack/react-query';
import type { Text } from '#kernel';
import { get, post } from './client.ts';
import type { Page } from './types.ts';

export const eventStatuses = ['accepted', 'waiting', 'corrected', 'deleted', 'duplicate', 'rejected', 'held'] as const;
export type EventStatus = (typeof eventStatuses)[number];

export interface EventSource {
  source: string;
  senders: string[];
  lastAt: string;
  today: Record<EventStatus, number>;
  heldNow: number;
  reasons: EventReason[];
}

export interface EventReason {
  code: string;
  count: number;
  lastId: string | null;
  message: string;
}

export interface HeldEvent {
  id: string;
  source: string;
  type: { code: string; label: Text };
  event: string;
  missing: { entity: { code: string; label: Text }; source: string; key: string | null };
  sender: string;
  heldAt: string;
}

const WATCH_EVERY_MS = 5_000;
const HELD_ROWS = 100;

export const eventSourcesQuery = queryOptions({
  queryKey: ['events', 'sources'],
  queryFn: ({ signal }) =>
    get<{ date: string; queued: number; sources: EventSource[] }>('/event-sources', undefined, signal),
  refetchInterval: WATCH_EVERY_MS,
});

export const heldEventsQuery = queryOptions({
  queryKey: ['events', 'held'],
  queryFn: ({ signal }) => get<Page<HeldEvent>>('/held-events', { limit: HELD_ROWS }, signal),
  refetchInterval: WATCH_EVERY_MS,
});

export const retryHeldEvents = () => post<{ released: number }>('/held-events/retry');
export const dropHeldEvents = (ids: string[]) => post<{ dropped: number }>('/held-events/drop', { ids });
