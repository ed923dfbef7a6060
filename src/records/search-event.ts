import { belongsToCustomer, type Context } from '#access';
import { record } from '#audit';
import type { EntityDefinition } from '#metadata';
import { fieldOf } from '#metadata';
import type { ListQuery } from './list.ts';

const limits = { filters: 20, textLength: 200 };

/** Numbers of people and accounts: of a run of digits so long only the end is kept. */
const NUMBER = /\d{3,}[\dxX]{4}/g;
const tail = (text: string) => text.replace(NUMBER, (digits) => `****${digits.slice(-4)}`).slice(0, limits.textLength);

/**
 * Records that somebody searched customers or what belongs to them, before the rows found leave the program. Numbers are kept by their
 * last four digits; ids of references are no secrets and stay.
 */
export async function recordSearch(
  ctx: Context,
  entity: EntityDefinition,
  { q, filter = [], cursor }: ListQuery,
  rows: number,
): Promise<void> {
  if (!belongsToCustomer(entity) || (!q && filter.length === 0)) return;
  const shown = filter.slice(0, limits.filters).map((text) => {
    const field = fieldOf(entity, text.split(':')[0] ?? '');
    return field?.mask || field?.encrypted ? tail(text) : text.slice(0, limits.textLength);
  });
  await record(ctx.database, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'search',
    entity: entity.code,
    detail: {
      ...(q ? { q: tail(q) } : {}),
      ...(filter.length > 0 ? { filter: shown } : {}),
      ...(cursor ? { further: true } : {}),
      rows,
    },
  });
}
