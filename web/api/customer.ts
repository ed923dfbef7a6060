/** What the customer 360 asks of the server. */
import { queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';
import type { Evidence, Task } from './day-plan.ts';
import type { Row } from './types.ts';

export interface TagOfCustomer {
  code: string;
  since: string | null;
  reason: Evidence | null;
}

export interface TimelineEntry {
  at: string;
  kind: 'interaction' | 'task' | 'tag_on' | 'tag_off' | 'tier';
  /** The channel, the rule, the tag or the new tier. */
  code: string | null;
  /** What was said, the title of the task, or the tier before. */
  text: string | null;
  result: string | null;
  /** The name of who did it. */
  by: string | null;
}

/** Where the rows of a block came from, and of which day they are. */
export interface BlockSource {
  source: string | null;
  asOf: string | null;
}

/** The whole customer in one answer. Blocks that the reader may not see are empty. */
export interface Profile {
  customer: Row;
  /** Values by code, with `as_of`; empty before the first business day. */
  metrics: Record<string, string | number | null>;
  tags: TagOfCustomer[];
  tierReason: Evidence | null;
  /** The curve has a point only where the total changed: each holds until the next; `flow` is the money that came or went that day. */
  aum: { total: string | null; parts: Record<string, string>; curve: [date: string, total: string, flow?: string][] };
  accounts: Row[];
  cards: Row[];
  loans: Row[];
  standingOrders: Row[];
  holdings: Row[];
  transactions: Row[];
  interactions: Row[];
  timeline: TimelineEntry[];
  tasks: Task[];
  notes: Row[];
  /** The other members within the reader's reach; how many there are besides is not told. */
  household: { id: string; name: string; members: Row[] } | null;
}

export const profileQuery = (id: string) =>
  queryOptions({
    queryKey: ['profile', id],
    queryFn: ({ signal }) => get<Profile>(`/customers/${id}/profile`, undefined, signal),
  });

/** How often in each window and by channel or topic, and the latest. */
export interface BehaviourOf {
  windows: { days: number; count: number }[];
  groups: { code: string; count: number }[];
  recent: Row[];
}

export const behaviourQuery = (id: string) =>
  queryOptions({
    queryKey: ['profile', id, 'behaviour'],
    queryFn: ({ signal }) =>
      get<{ until: string; login: BehaviourOf | null; page_view: BehaviourOf | null }>(
        `/customers/${id}/behaviour`,
        undefined,
        signal,
      ),
  });
