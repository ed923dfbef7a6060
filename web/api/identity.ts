/** Customers who may be one, merges, and data that seldom are right, as the server tells of them. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Row, Text } from './types.ts';

export type Agreement = 'same' | 'different' | 'empty';

export interface IdentitySide {
  id: string;
  source: Text;
  row: Omit<Row, 'id'>;
  accounts: number;
}

interface Person {
  id: string;
  label: string | null;
}

export interface IdentityCase {
  id: string;
  rule: { code: string; label: Text; strength: 'certain' | 'likely' };
  state: 'open' | 'later' | 'proposed' | 'approved' | 'merged' | 'apart' | 'failed';
  foundAt: string;
  evidence: Record<string, Agreement>;
  suggestion: 'merge' | 'apart' | 'look';
  sides: [IdentitySide, IdentitySide];
  proposal: { survivor: string } | null;
  maker: Person | null;
  proposedAt: string | null;
  checker: Person | null;
  decidedAt: string | null;
  note: string | null;
  error: Text | null;
  may: { resolve: boolean; approve: boolean };
}

export interface Merge {
  id: string;
  survivor: Person;
  otherNumber: string | null;
  mergedAt: string;
  maker: string | null;
  checker: string | null;
  undoneAt: string | null;
  undoUntil: string;
}

export interface QualityCount {
  code: string;
  label: Text;
  message: Text;
  count: number;
  capped: boolean;
}

const WATCH_EVERY_MS = 2_000;

/** A number under which a system knows a customer. */
export interface KnownNumber {
  system: string | null;
  label: Text;
  externalId: string | null;
  rule: Text | null;
  since: string;
  asOf: string | null;
  /** Of the system that brought the customer. */
  own: boolean;
}

export const identitiesQuery = (customer: string) =>
  queryOptions({
    queryKey: ['profile', customer, 'identities'],
    queryFn: ({ signal }) =>
      get<{ identities: KnownNumber[]; merges: Merge[] }>(`/customers/${customer}/identities`, undefined, signal),
  });

export const casesQuery = (done: boolean) =>
  queryOptions({
    queryKey: ['identity', 'cases', done],
    queryFn: ({ signal }) => get<IdentityCase[]>('/identity/cases', { done: done ? 'true' : undefined }, signal),
    // An approved merge is done in the background.
    refetchInterval: ({ state }) => (state.data?.some((each) => each.state === 'approved') ? WATCH_EVERY_MS : false),
  });

export const caseCountQuery = queryOptions({
  queryKey: ['identity', 'count'],
  queryFn: ({ signal }) =>
    get<{ open: number; proposed: number; capped: boolean }>('/identity/count', undefined, signal),
});

export const mergesQuery = queryOptions({
  queryKey: ['identity', 'merges'],
  queryFn: ({ signal }) => get<Merge[]>('/identity/merges', undefined, signal),
});

export const qualityQuery = queryOptions({
  queryKey: ['quality'],
  queryFn: ({ signal }) => get<QualityCount[]>('/quality', undefined, signal),
});

export const qualityRowsQuery = (rule: string) =>
  queryOptions({
    queryKey: ['quality', rule],
    queryFn: ({ signal }) => get<Row[]>(`/quality/${rule}`, undefined, signal),
  });

export const decideCase = (
  id: string,
  decision: { decision: 'merge' | 'apart' | 'later'; survivor?: string; note?: string },
) => post<IdentityCase>(`/identity/cases/${id}/decision`, decision);

export const checkCase = (id: string, verdict: 'approve' | 'refuse', note?: string) =>
  post<IdentityCase>(`/identity/cases/${id}/${verdict}`, note ? { note } : {});

export const undoMerge = (id: string) => post<{ job: string }>(`/identity/merges/${id}/undo`);
export const detect = () => post<{ job: string }>('/identity/detection');
