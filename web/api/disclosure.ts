/** Reveals and exports: asking, deciding, looking, fetching. */
import { queryOptions } from '@tanstack/react-query';
import type { Text } from '#kernel';
import { address, get, post } from './client.ts';

export type Act = 'reveal' | 'export';

export interface Purpose {
  code: string;
  label: Text;
  for: Act[];
  ticket: boolean;
}

/** What one purpose leads to for one field. */
export interface RevealPurpose {
  code: string;
  label: Text;
  ticket: boolean;
  rule: Text;
  approval: boolean;
  emergency: boolean;
  review: 'each' | 'summary';
  minutesMax: number;
}

export interface Place {
  entity: string;
  record: string;
  field: string;
}

export interface RevealOptions {
  field: Text;
  open: { id: string; state: 'requested' | 'active' } | null;
  blocked: string | null;
  purposes: RevealPurpose[];
}

interface Step {
  state: string;
  at: string;
  by: string | null;
  note: string | null;
}

interface Asked {
  id: string;
  entity: string;
  purpose: string;
  reason: string;
  ticket: string | null;
  requestedAt: string;
  expiresAt: string | null;
  maker: { id: string; name: string; unit: string | null } | null;
  steps: Step[];
}

export type RevealState = 'requested' | 'active' | 'expired' | 'lapsed' | 'refused' | 'cancelled' | 'revoked';

export interface Reveal extends Asked {
  act: 'reveal';
  state: RevealState;
  record: string;
  field: string;
  customer: { id: string; label: string | null } | null;
  minutes: number;
  path: 'immediate' | 'approval' | 'emergency';
  startedAt: string | null;
  valuesShown: number;
  reviewDueAt: string | null;
  reviewedAt: string | null;
  verdict: 'in_order' | 'misuse' | null;
  overdue: boolean;
  paged: boolean;
  /** Who was told in an emergency, and since when he knows. */
  told: { name: string; seenAt: string | null }[];
}

export type ExportState =
  | 'requested'
  | 'queued'
  | 'running'
  | 'done'
  | 'refused'
  | 'cancelled'
  | 'failed'
  | 'expired'
  | 'lapsed';

export interface Export extends Asked {
  act: 'export';
  state: ExportState;
  columns: { code: string; view: 'clear' | 'masked' }[];
  format: 'csv' | 'xlsx';
  level: number;
  rowsExpected: number;
  rows: number | null;
  bytes: number | null;
  sha256: string | null;
  downloads: number;
  finishedAt: string | null;
  error: string | null;
}

export interface Inbox {
  waiting: (Reveal | Export)[];
  toReview: Reveal[];
  mine: Reveal[];
  history: (Reveal | Export)[];
}

export interface SummaryLine {
  code: string;
  label: string | Text;
  requests: number;
  values: number;
  emergencies: number;
  refused: number;
  unreviewed: number;
  outOfHours: number;
  misuse: number;
}

export interface Summary {
  week: string;
  from: string;
  to: string;
  total: SummaryLine;
  users: SummaryLine[];
  fields: SummaryLine[];
  purposes: SummaryLine[];
  branches: SummaryLine[];
}

const WATCH_EVERY_MS = 2_000;
const INBOX_EVERY_MS = 20_000;

export const purposesQuery = queryOptions({
  queryKey: ['purposes'],
  queryFn: ({ signal }) => get<Purpose[]>('/purposes', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const revealOptionsQuery = (place: Place) =>
  queryOptions({
    queryKey: ['reveal-options', place],
    queryFn: ({ signal }) => get<RevealOptions>('/reveal-options', { ...place }, signal),
    staleTime: 0,
    gcTime: 0,
  });

export const revealQuery = (id: string) =>
  queryOptions({
    queryKey: ['reveal', id],
    queryFn: ({ signal }) => get<Reveal>(`/reveals/${id}`, undefined, signal),
    staleTime: 0,
    refetchInterval: WATCH_EVERY_MS,
  });

export interface Shown {
  value: string | null;
  now: string;
  expiresAt: string;
  watermark: { name: string; username: string; at: string; ticket: string };
}

export const askReveal = (
  input: Place & { purpose: string; reason: string; ticket?: string; minutes: number; emergency?: boolean },
) => post<Reveal>('/reveals', input);

/** Each call is one event of the audit; the answer is never kept in the cache. */
export const readRevealed = (id: string) => get<Shown>(`/reveals/${id}/value`);
export const endReveal = (id: string, note?: string) => post<Reveal>(`/reveals/${id}/end`, { note });
export const decide = (act: Act, id: string, decision: 'approve' | 'refuse', note?: string) =>
  post<unknown>(`/${act}s/${id}/${decision}`, { note });
export const review = (id: string, verdict: 'in_order' | 'misuse', note?: string) =>
  post<Reveal>(`/reveals/${id}/review`, { verdict, note });

export const inboxQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => get<Inbox>('/approvals', undefined, signal),
  staleTime: 0,
  refetchInterval: INBOX_EVERY_MS,
});

export const summaryQuery = (week: string) =>
  queryOptions({
    queryKey: ['reveal-summary', week],
    queryFn: ({ signal }) => get<Summary>('/reveal-summary', { week }, signal),
  });

export const summaryFile = (week: string) => address('/reveal-summary.csv', { week });

export interface ExportQuestion {
  entity: string;
  columns: string[];
  filter?: string[] | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  purpose: string;
}

export interface ExportPreview {
  rows: number;
  rowsMax: number;
  level: number;
  approval: boolean;
  rule: Text;
  columns: { code: string; label: Text; see: 'clear' | 'masked'; level: number }[];
}

export const exportPreviewQuery = (question: ExportQuestion) =>
  queryOptions({
    queryKey: ['export-preview', question],
    queryFn: () => post<ExportPreview>('/exports/preview', question),
    staleTime: 0,
    enabled: question.columns.length > 0 && question.purpose !== '',
  });

export const askExport = (input: ExportQuestion & { reason: string; ticket?: string; format: 'csv' | 'xlsx' }) =>
  post<Export>('/exports', input);

const isUnderWay = (state: ExportState) => state === 'queued' || state === 'running';

export const exportsQuery = queryOptions({
  queryKey: ['exports'],
  queryFn: ({ signal }) => get<{ rows: Export[] }>('/exports', undefined, signal),
  staleTime: 0,
  refetchInterval: (query) =>
    query.state.data?.rows.some(({ state }) => isUnderWay(state)) ? WATCH_EVERY_MS : INBOX_EVERY_MS,
});

export interface Identified {
  by: 'file' | 'signs' | 'order';
  strength: number;
  export: {
    id: string;
    entity: string;
    purpose: string;
    reason: string;
    ticket: string | null;
    address: string;
    requestedAt: string;
    rows: number;
    sha256: string;
    downloads: number;
    format: string;
    maker: { username: string; name: string; unit: string | null };
  };
}

/** Characters of a leaked table that the server looks at. */
export const leakLengthMax = 300_000;

export const identifyLeak = (text: string) => post<{ found: Identified | null }>('/exports/identify', { text });

export const exportFile = (id: string) => address(`/exports/${id}/file`);
export const cancelExport = (id: string) => post<Export>(`/exports/${id}/cancel`);
