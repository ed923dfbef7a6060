/** What the search box asks the server. */
import { queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';
import type { Row } from './types.ts';

export interface SearchHit {
  id: string;
  row: Omit<Row, 'id'>;
  own: boolean;
  reason: {
    entity: string;
    field: string;
    how: 'whole' | 'beginning' | 'part' | 'end' | 'similar';
    value: string | null;
  };
}

export interface SearchAnswer {
  customers: SearchHit[];
  more: boolean;
  definitions: { kind: 'tags' | 'tiers' | 'segments'; code: string; label: string }[];
}

export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) => get<SearchAnswer>('/search', { q }, signal),
  });
