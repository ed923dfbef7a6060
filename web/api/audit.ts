/** The audit as the server tells it: events, one event with its proof, and where the signed roots stand. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, address, get, type Refusal } from './client.ts';
import { PAGE_ROWS } from './queries.ts';
import type { Page, Reference } from './types.ts';

export const auditActions = [
  'view',
  'search',
  'reveal',
  'create',
  'update',
  'complete',
  'export',
  'view_as',
  'erase',
  'denied',
  'sign_in',
  'sign_in_refused',
  'sign_out',
  'configure',
  'load',
  'day',
  'prune',
] as const;
export type AuditAction = (typeof auditActions)[number];

export interface AuditEvent {
  id: string;
  at: string;
  actorId: string | null;
  actor: string;
  action: AuditAction;
  entity: string | null;
  recordId: string | null;
  customer: { id: string; label: string | null } | null;
  decision: 'allowed' | 'denied';
  purpose: string | null;
  rule: string | null;
  address: string | null;
  onBehalf: string[];
  changed: string[];
}

export interface AuditChange {
  field: string;
  before: string | Reference | null;
  after: string | Reference | null;
  view: 'clear' | 'masked' | 'hidden';
}

export interface WholeAuditEvent extends AuditEvent {
  retention: string;
  shard: number;
  seq: string;
  hash: string;
  session: string | null;
  request: string | null;
  proof: { state: 'proved' | 'linked' | 'broken' | 'unknown'; root: number | null };
  changes: AuditChange[];
  other: Record<string, unknown>;
}

export interface AuditRoots {
  newest: { number: number; at: string; hash: string } | null;
  chains: number;
  events: string;
  uncovered: string;
  witnesses: { place: string; last: number; error: string | null }[];
}

/** What is looked for; instants in UTC. */
export interface AuditQuestion {
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  entity?: string | undefined;
  record?: string | undefined;
  customer?: string | undefined;
  decision?: string | undefined;
}

// Every reading of the audit is an event itself: nothing is asked again by itself.
const quiet = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false } as const;

export const auditEventsQuery = (question: AuditQuestion) =>
  infiniteQueryOptions({
    ...quiet,
    queryKey: ['audit-events', question],
    queryFn: ({ pageParam, signal }) =>
      get<Page<AuditEvent>>('/audit-events', { ...question, limit: PAGE_ROWS, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const auditEventQuery = (id: string) =>
  queryOptions({
    ...quiet,
    queryKey: ['audit-event', id],
    queryFn: ({ signal }) => get<WholeAuditEvent>(`/audit-events/${id}`, undefined, signal),
  });

export const auditRootsQuery = queryOptions({
  queryKey: ['audit-roots'],
  queryFn: ({ signal }) => get<AuditRoots>('/audit-roots', undefined, signal),
  refetchInterval: 60_000,
});

/** Asks for a signed export and gives it to the browser as a file. */
export async function downloadAudit({ action, ...question }: AuditQuestion, language: string): Promise<void> {
  const response = await fetch(address('/audit-exports'), {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', 'accept-language': language },
    body: JSON.stringify({ ...question, ...(action ? { action: [action] } : {}) }),
  });
  if (!response.ok) {
    const said = (await response.json().catch(() => ({}))) as Partial<Refusal>;
    throw new ApiError({
      status: response.status,
      code: said.code ?? `http.${response.status}`,
      message: said.message ?? '',
      field: said.field,
      params: said.params ?? {},
    });
  }
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = decodeURIComponent(name ?? 'audit.jsonl');
  link.click();
  URL.revokeObjectURL(url);
}
