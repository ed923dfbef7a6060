/** What leaves the program by itself, and the targets to which it may. */
import { queryOptions } from '@tanstack/react-query';
import { get, post, put } from './client.ts';
import type { Text } from './types.ts';

export const outboxStatuses = ['waiting', 'sent', 'dead', 'refused'] as const;
export type OutboxStatus = (typeof outboxStatuses)[number];

export interface Outgoing {
  id: string;
  at: string;
  kind: 'message' | 'webhook';
  target: string;
  rule: string | null;
  status: OutboxStatus;
  notBefore: string;
  tries: number;
  error: string | null;
  doneAt: string | null;
}

export interface TargetInput {
  label: Text;
  url: string;
  internal: boolean;
  figures: boolean;
  active: boolean;
}

export interface Target extends TargetInput {
  code: string;
  version: number;
  updatedAt: string;
  updatedBy: string | null;
}

const WATCH_EVERY_MS = 5_000;

export const outboxQuery = (status: OutboxStatus) =>
  queryOptions({
    queryKey: ['outbox', status],
    queryFn: ({ signal }) =>
      get<{ items: Outgoing[]; counts: Record<OutboxStatus, number>; next: string | null }>(
        '/outbox',
        { status },
        signal,
      ),
    refetchInterval: WATCH_EVERY_MS,
  });

export const targetsQuery = queryOptions({
  queryKey: ['webhook-targets'],
  queryFn: ({ signal }) => get<Target[]>('/webhook-targets', undefined, signal),
});

export const sendAgain = (id: string) => post<void>(`/outbox/${id}/send`);
export const sendAllAgain = (code: string) => post<{ count: number }>(`/webhook-targets/${code}/send`);
export const createTarget = (code: string, input: TargetInput) =>
  post<{ secret: string }>('/webhook-targets', { code, ...input });
export const changeTarget = (code: string, version: number, input: TargetInput) =>
  put<void>(`/webhook-targets/${code}`, { version, ...input });
export const renewSecret = (code: string) => post<{ secret: string }>(`/webhook-targets/${code}/secret`);
export const testTarget = (code: string) => post<{ status: number; ms: number }>(`/webhook-targets/${code}/test`);
