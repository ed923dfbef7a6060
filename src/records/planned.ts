import { createHash } from 'node:crypto';
import { type Prepared, prepared, type Sql } from '#database';

const SHAPES_MAX = 400;
const names = new Map<string, string>();

/**
 * Gives a composed statement a name from its text, so that a connection plans each shape once: planning a list costs more
 * than reading its page. Beyond the limit of shapes a statement runs unnamed.
 */
export function planned(prefix: string, statement: Sql): Prepared | Sql {
  const text = statement.text;
  let name = names.get(text);
  if (!name) {
    if (names.size >= SHAPES_MAX) return statement;
    name = `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return prepared(name, text, statement.values);
}
