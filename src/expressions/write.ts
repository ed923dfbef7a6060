import type { ListNode, Node, NodeOf, Test } from './ast.ts';
import { formatDuration, formatMonths } from './durations.ts';
import type { Value } from './types.ts';
import { writeValue } from './values.ts';

/** How tightly a construct holds together, as the grammar sees it; what is looser than its place needs stands in brackets. */
const tightness = { loose: 0, or: 1, and: 2, comparison: 3, sum: 4, product: 5, tight: 6 } as const;

/** The row of a list, as written texts call it. */
const ITEM = 'item';

/**
 * Writes an expression as text: compiling the text gives the same expression again. Names stay as they were written, brackets
 * and spaces are normal ones, comments are not kept.
 */
export function write(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return writeLiteral(node.value, node.type);
    case 'name':
      return node.source === 'item' ? `${ITEM}.${node.name}` : node.name;
    case 'negate':
      return `-${within(node.value, tightness.tight)}`;
    case 'arithmetic': {
      const own = tightnessOf(node);
      return `${within(node.left, own)} ${node.operator} ${within(node.right, own + 1)}`;
    }
    case 'compare':
      return `${within(node.left, tightness.sum)} ${node.operator} ${within(node.right, tightness.sum)}`;
    case 'in':
      return writeTests(node);
    case 'and':
    case 'or':
      return node.parts.map((part) => within(part, tightness[node.kind] + 1)).join(` ${node.kind} `);
    case 'not':
      return `not(${write(node.value)})`;
    case 'if':
      return `if ${write(node.condition)} then ${within(node.consequence, tightness.or)} else ${
        node.otherwise.kind === 'if' ? write(node.otherwise) : within(node.otherwise, tightness.or)
      }`;
    case 'part':
      return `${within(node.value, tightness.tight)}.${node.part}`;
    case 'call':
      return `${node.definition.name}(${node.arguments.map(write).join(', ')})`;
    case 'aggregate':
      return `${node.aggregate}(${writeList(node.list)}${node.field ? `.${node.field.name}` : ''})`;
    case 'some':
    case 'every':
      return `${node.kind} ${ITEM} in ${writeList(node.list)} satisfies ${write(node.condition)}`;
  }
}

function tightnessOf(node: Node): number {
  switch (node.kind) {
    case 'and':
    case 'or':
      return tightness[node.kind];
    case 'if':
    case 'some':
    case 'every':
      return tightness.loose;
    case 'compare':
    case 'in':
      return tightness.comparison;
    case 'arithmetic':
      return node.operator === '+' || node.operator === '-' ? tightness.sum : tightness.product;
    case 'negate':
      return tightness.product;
    case 'literal':
      return write(node).startsWith('-') ? tightness.product : tightness.tight;
    default:
      return tightness.tight;
  }
}

function within(node: Node, needed: number): string {
  const text = write(node);
  return tightnessOf(node) < needed ? `(${text})` : text;
}

/** A text in quotes, with what could not stand between them escaped. */
export function writeText(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}\p{Cf}\p{Co}]/gu, (sign) =>
    sign === '"' || sign === '\\' ? `\\${sign}` : `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

function writeLiteral(value: Value, type: Node['type']): string {
  if (value === null) return 'null';
  switch (type) {
    case 'text':
      return writeText(value as string);
    case 'boolean':
      return String(value);
    case 'duration':
      return `duration("${formatDuration(value as number)}")`;
    case 'months':
      return `duration("${formatMonths(value as number)}")`;
    case 'date':
      return `date("${writeValue(value, type)}")`;
    default:
      return String(writeValue(value, type));
  }
}

function writeTests({ value, tests }: NodeOf<'in'>): string {
  const [only] = tests;
  const written =
    tests.length === 1 && only!.kind === 'range' ? writeTest(only!) : `(${tests.map(writeTest).join(', ')})`;
  return `${within(value, tightness.sum)} in ${written}`;
}

function writeTest(test: Test): string {
  if (test.kind === 'range') {
    const low = within(test.low, tightness.sum);
    const high = within(test.high, tightness.sum);
    return `${test.lowOpen ? '(' : '['}${low}..${high}${test.highOpen ? ')' : ']'}`;
  }
  const value = within(test.value, tightness.sum);
  return test.operator === '=' ? value : `${test.operator} ${value}`;
}

function writeList(list: ListNode): string {
  return list.filter ? `${list.name}[${write(list.filter)}]` : list.name;
}
