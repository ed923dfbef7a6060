import type { Entity, Field, Row } from '../api/types.ts';
import type { Draft } from './draft.ts';

/**
 * Whether a field is asked for, given what the form holds. Understands a field compared to one value, which is what the
 * packs' conditions are; any other condition shows the field and leaves the judgement to the server.
 */
export function isShown(entity: Entity, field: Field, draft: Draft, row: Row | undefined): boolean {
  const match = /^\s*([a-z_]+)\s*(=|!=)\s*"([^"]*)"\s*$/.exec(field.when ?? '');
  if (!match) return true;
  const [, code, comparison, value] = match;
  if (!entity.fields.some((each) => each.code === code)) return true;
  const held = draft[code!] ?? row?.[code!];
  return (held === value) === (comparison === '=');
}
