import { createHash } from 'node:crypto';
import { type Prepared, prepared, type Sql } from '#database';

const SHAPES_MAX = 400;
const PATTERN = /\blike \$\d/;
const names = new Map<string, string>();

/**
 * Gives a composed statement a name from its text, so that a connection plans each shape once: planning a list costs more
 * than reading its page. Beyond the limit of shapes a statement runs unnamed, and so does one with a pattern: a plan made before
 * the pattern is known finds no index for `like` and reads all customers of the bank.
 */
export function planned(prefix: string, statement: Sql): Prepared | Sql {
  const text = statement.text;
  if (PATTERN.test(text)) return statement;
  const name = nameOf(prefix, text);
  return name === undefined ? statement : prepared(name, text, statement.values);
}

/** The same of a text that is one of a few. */
export function preparedText(prefix: string, text: string, values: unknown[]): Prepared {
  return prepared(nameOf(prefix, text) ?? fingerprint(prefix, text), text, values);
}

function nameOf(prefix: string, text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= SHAPES_MAX) return known;
  const name = fingerprint(prefix, text);
  names.set(text, name);
  return name;
}

const fingerprint = (prefix: string, text: string) =>
  `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;

/** A statement composed once, whose values are put in at each use. */
export interface Compiled<Name extends string> {
  run(values: Record<Name, unknown>): Prepared;
}

/**
 * Composes a statement once for many uses: `build` receives a mark for each value by name and may put it in anywhere, any
 * number of times; a mark used twice travels once. Composing the whole customer costs more than reading him.
 */
export function compiled<Name extends string>(
  prefix: string,
  names: readonly Name[],
  build: (marks: Record<Name, never>) => Sql,
): Compiled<Name> {
  const marks = Object.fromEntries(names.map((name) => [name, Object.freeze([`mark of ${name}`])]));
  const nameOf = new Map<unknown, Name>(names.map((name) => [marks[name], name]));
  const statement = build(marks as Record<Name, never>);
  const places: { name?: Name; value?: unknown }[] = [];
  const numberOf = new Map<Name, number>();
  let text = statement.strings[0]!;
  statement.values.forEach((value, index) => {
    const name = nameOf.get(value);
    let number = name && numberOf.get(name);
    if (number === undefined) {
      number = places.push(name ? { name } : { value });
      if (name) numberOf.set(name, number);
    }
    text += `$${number}${statement.strings[index + 1]}`;
  });
  const statementName = fingerprint(prefix, text);
  return {
    run: (values) =>
      prepared(
        statementName,
        text,
        places.map(({ name, value }) => (name ? values[name] : value)),
      ),
  };
}
