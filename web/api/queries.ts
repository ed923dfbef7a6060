/** Every question that the web asks the server, with the key under which the answer is kept. */
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { get, isApiError, type Query } from './client.ts';
import type {
  BusinessDay,
  Count,
  Job,
  LoadFolder,
  LoadMapping,
  LoadRun,
  Metadata,
  Page,
  PublicFacts,
  Reject,
  Row,
  Session,
  TeamMember,
} from './types.ts';

const FRESH_MS = 15_000;
const WATCH_EVERY_MS = 1_000;
export const PAGE_ROWS = 100;
const PICK_ROWS = 20;

/** One cache for the page; emptied when the person who is signed in changes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A refusal is an answer; only silence and trouble on the server's side are worth another try.
      retry: (times, error) => times < 2 && (!isApiError(error) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: true,
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/session', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const publicQuery = queryOptions({
  queryKey: ['public'],
  queryFn: ({ signal }) => get<PublicFacts>('/public', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const metadataQuery = queryOptions({
  queryKey: ['metadata'],
  queryFn: ({ signal }) => get<Metadata>('/metadata', undefined, signal),
  staleTime: 5 * 60_000,
});

/** What narrows and orders a list. `filter` holds `field:op:value` texts. */
export interface ListQuestion {
  columns?: string[];
  filter?: string[];
  sort?: string;
  q?: string;
}

const narrowing = (question: ListQuestion): Query => ({ filter: question.filter, q: question.q });

export const listQuery = (plural: string, question: ListQuestion) =>
  infiniteQueryOptions({
    queryKey: ['list', plural, question],
    queryFn: ({ pageParam, signal }) =>
      get<Page>(
        `/${plural}`,
        {
          ...narrowing(question),
          columns: question.columns?.join(','),
          sort: question.sort,
          limit: PAGE_ROWS,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const countQuery = (plural: string, question: ListQuestion, exact = false) =>
  queryOptions({
    queryKey: ['count', plural, question.filter ?? [], question.q ?? '', exact],
    queryFn: ({ signal }) =>
      get<Count>(`/${plural}/count`, { ...narrowing(question), exact: exact || undefined }, signal),
  });

export const recordQuery = (plural: string, id: string) =>
  queryOptions({
    queryKey: ['record', plural, id],
    queryFn: ({ signal }) => get<Row>(`/${plural}/${id}`, undefined, signal),
  });

/** The rows of an entity that answer to a few typed letters: for pickers and the search box of the header. */
export const pickQuery = (plural: string, q: string, columns?: string[], filter?: string[]) =>
  queryOptions({
    queryKey: ['pick', plural, q, columns, filter],
    queryFn: ({ signal }) =>
      get<Page>(`/${plural}`, { q, limit: PICK_ROWS, columns: columns?.join(','), filter }, signal),
  });

export const loadMappingsQuery = queryOptions({
  queryKey: ['load-mappings'],
  queryFn: ({ signal }) => get<LoadMapping[]>('/load-mappings', undefined, signal),
});

export const loadFoldersQuery = queryOptions({
  queryKey: ['load-folders'],
  queryFn: ({ signal }) => get<LoadFolder[]>('/load-folders', undefined, signal),
  staleTime: 0,
});

const UNDER_WAY = new Set(['queued', 'running', 'refreshing', 'withdrawing']);
const isUnderWay = (status: string | undefined) => status !== undefined && UNDER_WAY.has(status);

export const loadRunsQuery = queryOptions({
  queryKey: ['load-runs'],
  queryFn: ({ signal }) => get<Page<LoadRun>>('/load-runs', { limit: PAGE_ROWS }, signal),
  refetchInterval: (query) => (query.state.data?.rows.some((run) => isUnderWay(run.status)) ? WATCH_EVERY_MS : 30_000),
});

export const loadRunQuery = (id: string) =>
  queryOptions({
    queryKey: ['load-run', id],
    queryFn: ({ signal }) => get<LoadRun>(`/load-runs/${id}`, undefined, signal),
    refetchInterval: (query) => (isUnderWay(query.state.data?.status) ? WATCH_EVERY_MS : false),
  });

export const rejectsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['load-rejects', id],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Reject>>(`/load-runs/${id}/rejects`, { limit: PAGE_ROWS, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const businessDaysQuery = infiniteQueryOptions({
  queryKey: ['business-days'],
  queryFn: ({ pageParam, signal }) =>
    get<Page<BusinessDay>>('/business-days', { limit: PAGE_ROWS, cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: (query) =>
    query.state.data?.pages[0]?.rows.some((day) => day.status === 'running') ? WATCH_EVERY_MS : 30_000,
});

export const businessDayQuery = (date: string) =>
  queryOptions({
    queryKey: ['business-day', date],
    queryFn: ({ signal }) => get<BusinessDay>(`/business-days/${date}`, undefined, signal),
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => get<Job>(`/jobs/${id}`, undefined, signal),
    refetchInterval: (query) =>
      query.state.data === undefined || isUnderWay(query.state.data.status) ? WATCH_EVERY_MS : false,
  });

export const teamQuery = queryOptions({
  queryKey: ['team'],
  queryFn: ({ signal }) => get<{ members: TeamMember[] }>('/team', undefined, signal),
});
