import { queryOptions } from '@tanstack/react-query';
import { get } from '../../api/client.ts';
import type { Page, Row } from '../../api/types.ts';

const PAGE_UNITS = 200;
/** A large bank has some thousand units; more than this is not a tree that anybody reads. */
export const UNITS_MAX = 5_000;

/** All units, page after page: a tree needs them all. The key begins like that of a list, so that a change renews it. */
export const unitsQuery = queryOptions({
  queryKey: ['list', 'org-units', 'tree'],
  queryFn: async ({ signal }) => {
    const rows: Row[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await get<Page>(
        '/org-units',
        { columns: 'name,code,kind,parent', sort: 'code', limit: PAGE_UNITS, cursor },
        signal,
      );
      rows.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null && rows.length < UNITS_MAX);
    return { rows, cut: cursor !== null };
  },
});
