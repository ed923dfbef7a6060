import { parser, trackVariables } from 'lezer-feel';
import { Failure } from '#kernel';
import { kinds, refusal } from './failures.ts';
import { limits } from './limits.ts';
import { readTree } from './read-tree.ts';
import type { Syntax } from './syntax.ts';
import { syntaxFailure } from './syntax-failure.ts';

/** A name that the grammar must know beforehand, because FEEL names may contain blanks and signs. */
interface KnownName {
  name: string;
  /** For lists: the names of their fields. */
  fields?: string[];
}

/** Text → syntax, by the FEEL grammar. Refuses everything outside our subset with its place. */
export function parseText(text: string, known: readonly KnownName[]): Syntax {
  if (text.trim() === '') throw new Failure(kinds.empty);
  if (text.length > limits.text_length_max) {
    throw new Failure(kinds.too_long, { length: text.length, limit: limits.text_length_max });
  }
  checkBrackets(text);
  const tree = parser
    .configure({ top: 'Expression', contextTracker: trackVariables(grammarNames(text, known)) })
    .parse(text);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw syntaxFailure(text, node);
    },
  });
  return readTree(text, tree.topNode);
}

/** Words of the grammar: a field of such a name is known only by its other names, or the grammar would take each `and` for it. */
const grammarWords = new Set(
  ['if', 'then', 'else', 'for', 'in', 'return', 'some', 'every', 'satisfies', 'and', 'or', 'between'].concat([
    'null',
    'true',
    'false',
    'function',
    'external',
    'instance',
    'of',
  ]),
);

/**
 * Only the names that the text can mean: the grammar copies its names at every list filter, so that a thousand names and
 * forty filters would take seconds.
 */
function grammarNames(text: string, known: readonly KnownName[]): Record<string, unknown> {
  const present = (name: string) => text.includes(/^[^\s./\-'+*]*/.exec(name)![0]);
  const names: Record<string, unknown> = {};
  for (const { name, fields } of known) {
    if (!present(name) || grammarWords.has(name.trim())) continue;
    names[name] = fields ? [Object.fromEntries(fields.filter(present).map((field) => [field, null]))] : null;
  }
  return names;
}

/**
 * Looks at brackets before the grammar does: their depth bounds the work of the grammar, and braces (contexts) are costly there
 * and of no use here.
 */
function checkBrackets(text: string): void {
  let depth = 0;
  let squares = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    const place = { from: at, to: at + 1 };
    if (sign === '"') at = endOfText(text, at);
    else if (sign === '{' || sign === '}') throw refusal(kinds.unsupported, place, { near: sign });
    else if (sign === '(' || sign === '[') {
      if (sign === '[') squares++;
      if (++depth > limits.depth_max || squares > limits.depth_max) {
        throw refusal(kinds.too_deep, place, { limit: limits.depth_max });
      }
    } else if (sign === ')' || sign === ']') depth--;
  }
}

function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
