import { hash } from 'node:crypto';
import { type Prepared, prepared, type Sql } from '#database';

const names = new Map<string, string>();

/** Statements known by name at one time; beyond this the memory of names is begun anew. */
const NAMES_MAX = 1_000;

/**
 * A statement of the day's run as a prepared one: the same few large texts run for every date of a replay, and planning them
 * would cost as much as running them on a small bank. The name is a fingerprint of the text, so one name means one text.
 */
export function dayStatement(text: string, values: unknown[]): Prepared;
export function dayStatement(statement: Sql): Prepared;
export function dayStatement(statement: string | Sql, values: unknown[] = []): Prepared {
  const text = typeof statement === 'string' ? statement : statement.text;
  let name = names.get(text);
  if (!name) {
    if (names.size >= NAMES_MAX) names.clear();
    name = `day_${hash('sha256', text, 'hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return prepared(name, text, typeof statement === 'string' ? values : statement.values);
}
