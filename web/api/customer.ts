/** What the customer 360 asks of the server. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Evidence, Task } from './day-plan.ts';
import type { Reference, Row } from './types.ts';

export interface TagOfCustomer {
  code: string;
  since: string | null;
  reason: Evidence | string | null;
}

export interface TimelineEntry {
  at: string;
  kind: string;
  title: string;
  text: string | null;
  by: Reference | string | null;
}

export interface HouseholdMember {
  id: string;
  name: string;
  role: string | null;
  tier: string | null;
  aum: string | null;
}

/** Where the rows of a block came from, and of which day they are. */
export interface BlockSource {
  block: string;
  source: string | null;
  asOf: string | null;
}

/** The whole customer in one answer. Blocks that the reader may not see are empty. */
export interface Profile {
  customer: Row;
  metrics: { code: string; value: string | null }[];
  tags: TagOfCustomer[];
  tierReason: Evidence | string | null;
  aum: { total: string | null; parts: Record<string, string>; curve: [date: string, total: string][] };
  accounts: Row[];
  cards: Row[];
  loans: Row[];
  standingOrders: Row[];
  holdings: Row[];
  transactions: Row[];
  logins: Row[];
  timeline: TimelineEntry[];
  tasks: Task[];
  notes: Row[];
  household: { id: string; name: string; members: HouseholdMember[] } | null;
  sources: BlockSource[];
}

export const profileQuery = (id: string) =>
  queryOptions({
    queryKey: ['profile', id],
    queryFn: ({ signal }) => get<Profile>(`/customers/${id}/profile`, undefined, signal),
  });

/** Shows a masked value for a stated purpose; the server writes both down. */
export const reveal = (customer: string, field: string, purpose: string) =>
  post<{ value: string; expiresAt: string }>(`/customers/${customer}/reveal`, { field, purpose });
