import type { Entity } from '../api/types.ts';
import type { ListSearch } from '../app/search.ts';

/** What every part of a list works with: the entity, what the address asks, and how to ask something else. */
export interface ListParts {
  entity: Entity;
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}
