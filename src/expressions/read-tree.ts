import type { parser } from 'lezer-feel';
import { Failure } from '#kernel';
import { kinds, refusal } from './failures.ts';
import { limits } from './limits.ts';
import type { ArithmeticOperator, CompareOperator, Syntax, SyntaxTest } from './syntax.ts';
import { syntaxFailure } from './syntax-failure.ts';
import { isStorable } from './texts.ts';
import type { Place } from './types.ts';

type TreeNode = ReturnType<ReturnType<typeof parser.parse>['resolve']>;

/** The tree of the grammar → syntax. */
export function readTree(text: string, top: TreeNode): Syntax {
  const [child] = childrenOf(top);
  if (!child) throw new Failure(kinds.empty);
  return read({ text, nodes: 0 }, child, 1);
}

/** One walk through the tree of the grammar. */
interface Reading {
  text: string;
  nodes: number;
}

function placed(node: TreeNode): Place {
  return { from: node.from, to: node.to };
}

function childrenOf(node: TreeNode): TreeNode[] {
  const children: TreeNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment' && child.name !== 'BlockComment') children.push(child);
  }
  return children;
}

function sourceOf(reading: Reading, node: TreeNode): string {
  return reading.text.slice(node.from, node.to);
}

function unsupported(reading: Reading, node: TreeNode): Failure {
  return refusal(kinds.unsupported, placed(node), { near: sourceOf(reading, node).slice(0, 40) });
}

function read(reading: Reading, node: TreeNode, depth: number): Syntax {
  if (depth > limits.depth_max) throw refusal(kinds.too_deep, placed(node), { limit: limits.depth_max });
  if (++reading.nodes > limits.nodes_max) throw new Failure(kinds.too_many_parts, { limit: limits.nodes_max });
  const reader = readers[node.name];
  if (!reader) throw unsupported(reading, node);
  return reader(reading, node, depth);
}

/** The left side of a chain stays at its depth, so that `a + b + c + …` is flat. */
function readSides(reading: Reading, node: TreeNode, depth: number): { left: Syntax; right: Syntax } {
  const [left, , right] = childrenOf(node);
  return {
    left: read(reading, left!, left!.name === node.name ? depth : depth + 1),
    right: read(reading, right!, depth + 1),
  };
}

/** An operand of a chain of `and` and `or`, with the word before it. */
interface Piece {
  word: 'and' | 'or' | '';
  syntax: Syntax;
}

/**
 * The operands of a chain in their order. The grammar lets a test behind `in` swallow the rest of the chain (it reads
 * `x in [1..2] and y` as `x in ([1..2] and y)`), so chains are taken apart here and put together by FEEL's precedence.
 */
function piecesOf(reading: Reading, node: TreeNode, depth: number): Piece[] {
  const [first, second, third, ...more] = childrenOf(node);
  if (isChain(node)) return [...piecesOf(reading, first!, depth), ...piecesBehind(reading, second!, third!, depth)];
  if (node.name === 'Comparison' && second!.name === 'in') {
    const value = read(reading, first!, depth + 1);
    const { tests, rest } =
      third!.name === 'PositiveUnaryTest'
        ? testPieces(reading, third!, depth)
        : { tests: readTests(reading, [third!, ...more], depth), rest: [] };
    const to = (more.length === 0 ? tests.at(-1)?.to : undefined) ?? node.to;
    return [{ word: '', syntax: { from: node.from, to, kind: 'in', value, tests } }, ...rest];
  }
  return [{ word: '', syntax: read(reading, node, depth + 1) }];
}

function isChain(node: TreeNode): boolean {
  return node.name === 'Conjunction' || node.name === 'Disjunction';
}

function piecesBehind(reading: Reading, word: TreeNode, operand: TreeNode, depth: number): Piece[] {
  const [first, ...rest] = piecesOf(reading, operand, depth);
  return [{ ...first!, word: word.name === 'and' ? 'and' : 'or' }, ...rest];
}

/** The tests behind `in`, and what the grammar took along of the chain. */
function testPieces(reading: Reading, node: TreeNode, depth: number): { tests: SyntaxTest[]; rest: Piece[] } {
  const [first, second, third] = childrenOf(node);
  if (isChain(node)) {
    const { tests, rest } = testPieces(reading, first!, depth);
    return { tests, rest: [...rest, ...piecesBehind(reading, second!, third!, depth)] };
  }
  if (node.name === 'PositiveUnaryTest') return testPieces(reading, first!, depth);
  if (node.name === 'SimplePositiveUnaryTest' && first!.name === 'CompareOp') {
    const operator = readOperator(reading, first!, 'compare') as CompareOperator;
    const [value, ...rest] = piecesOf(reading, second!, depth);
    const { syntax } = value!;
    return { tests: [{ from: node.from, to: syntax.to, kind: 'compare', operator, value: syntax }], rest };
  }
  return { tests: readTest(reading, node, depth), rest: [] };
}

/** Puts a chain together: `and` binds tighter than `or`. */
function joined(pieces: Piece[]): Syntax {
  const groups: Syntax[][] = [];
  for (const { word, syntax } of pieces) {
    if (word === 'and') groups.at(-1)!.push(syntax);
    else groups.push([syntax]);
  }
  return chained(
    groups.map((group) => chained(group, 'and')),
    'or',
  );
}

function chained(parts: Syntax[], kind: 'and' | 'or'): Syntax {
  const [first] = parts;
  return parts.length === 1 ? first! : { from: first!.from, to: parts.at(-1)!.to, kind, parts };
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\', '/': '/' };

function readText(reading: Reading, node: TreeNode): string {
  const raw = sourceOf(reading, node).slice(1, -1);
  const value = raw.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([\s\S]))/g, (_, short, long, sign) => {
    if (short) return String.fromCharCode(Number.parseInt(short, 16));
    const point = long ? Number.parseInt(long, 16) : escapes[sign]?.codePointAt(0);
    if (point === undefined || point > 0x10ffff) throw refusal(kinds.bad_text, placed(node));
    return String.fromCodePoint(point);
  });
  if (!isStorable(value)) throw refusal(kinds.bad_text, placed(node));
  return value;
}

const operators = { compare: ['=', '!=', '<', '<=', '>', '>='], arithmetic: ['+', '-', '*', '/'] };

function readOperator(reading: Reading, node: TreeNode, kind: keyof typeof operators): string {
  const operator = sourceOf(reading, node);
  if (!operators[kind].includes(operator)) throw unsupported(reading, node);
  return operator;
}

const punctuation = new Set(['(', ')', '[', ']', ',']);

/** The entries behind `in`, however they are bracketed. */
function readTests(reading: Reading, nodes: TreeNode[], depth: number): SyntaxTest[] {
  return nodes.filter((node) => !punctuation.has(node.name)).flatMap((node) => readTest(reading, node, depth));
}

function readTest(reading: Reading, node: TreeNode, depth: number): SyntaxTest[] {
  if (depth > limits.depth_max) throw refusal(kinds.too_deep, placed(node), { limit: limits.depth_max });
  const children = childrenOf(node);
  const [first, second, , fourth, fifth] = children;
  switch (node.name) {
    case 'PositiveUnaryTests':
    case 'PositiveUnaryTest':
    case 'ParenthesizedExpression':
    case 'List':
      return readTests(reading, children, depth + 1);
    case 'SimplePositiveUnaryTest': {
      if (first?.name !== 'CompareOp') return readTests(reading, children, depth);
      const operator = readOperator(reading, first, 'compare') as CompareOperator;
      return [{ ...placed(node), kind: 'compare', operator, value: read(reading, second!, depth + 1) }];
    }
    case 'Interval': {
      const low = read(reading, second!, depth + 1);
      const high = read(reading, fourth!, depth + 1);
      return [
        { ...placed(node), kind: 'range', low, high, lowOpen: first!.name !== '[', highOpen: fifth!.name !== ']' },
      ];
    }
    default:
      return [{ ...placed(node), kind: 'compare', operator: '=', value: read(reading, node, depth + 1) }];
  }
}

/** How each node of the grammar is read; what is not here is outside the subset. */
const readers: Record<string, (reading: Reading, node: TreeNode, depth: number) => Syntax> = {
  NumericLiteral: (reading, node) => ({
    ...placed(node),
    kind: 'number',
    text: sourceOf(reading, node).replace(/\s/g, ''),
  }),
  StringLiteral: (reading, node) => ({ ...placed(node), kind: 'text', value: readText(reading, node) }),
  BooleanLiteral: (reading, node) => ({ ...placed(node), kind: 'boolean', value: sourceOf(reading, node) === 'true' }),
  null: (_, node) => ({ ...placed(node), kind: 'null' }),
  VariableName: (reading, node) => ({ ...placed(node), kind: 'name', name: sourceOf(reading, node) }),
  ParenthesizedExpression: (reading, node, depth) => read(reading, childrenOf(node)[1]!, depth + 1),
  DateTimeLiteral: (reading, node) => {
    const [at] = childrenOf(node);
    const literal = at?.name === 'AtLiteral' ? childrenOf(at)[0] : undefined;
    if (!literal) throw unsupported(reading, node);
    return { ...placed(node), kind: 'at', value: readText(reading, literal) };
  },
  PathExpression: (reading, node, depth) => {
    const [base, , name] = childrenOf(node);
    return { ...placed(node), kind: 'path', base: read(reading, base!, depth + 1), name: sourceOf(reading, name!) };
  },
  FilterExpression: (reading, node, depth) => {
    const [base, , condition] = childrenOf(node);
    return {
      ...placed(node),
      kind: 'filter',
      base: read(reading, base!, depth + 1),
      condition: read(reading, condition!, depth + 1),
    };
  },
  FunctionInvocation: (reading, node, depth) => {
    const [name, , parameters] = childrenOf(node);
    if (name!.name !== 'VariableName' || parameters?.name !== 'PositionalParameters') throw unsupported(reading, node);
    const values = childrenOf(parameters).filter((child) => child.name !== ',');
    return {
      ...placed(node),
      kind: 'call',
      name: sourceOf(reading, name!),
      arguments: values.map((value) => read(reading, value, depth + 1)),
    };
  },
  ArithmeticExpression: (reading, node, depth) => {
    const [first, second] = childrenOf(node);
    if (first!.name === 'ArithOp') {
      if (sourceOf(reading, first!) !== '-') throw unsupported(reading, node);
      return { ...placed(node), kind: 'negate', value: read(reading, second!, depth + 1) };
    }
    const operator = readOperator(reading, second!, 'arithmetic') as ArithmeticOperator;
    return { ...placed(node), kind: 'arithmetic', operator, ...readSides(reading, node, depth) };
  },
  Comparison: (reading, node, depth) => {
    const [value, word, ...rest] = childrenOf(node);
    if (word!.name === 'CompareOp') {
      const operator = readOperator(reading, word!, 'compare') as CompareOperator;
      // `a == 1` and `a <> 1` come as an operator before a test.
      if (rest[0]?.name === 'SimplePositiveUnaryTest') throw syntaxFailure(reading.text, word!);
      return { ...placed(node), kind: 'compare', operator, ...readSides(reading, node, depth) };
    }
    if (word!.name === 'in') return joined(piecesOf(reading, node, depth));
    if (word!.name !== 'between') throw unsupported(reading, node);
    const subject = read(reading, value!, depth + 1);
    const low = read(reading, rest[0]!, depth + 1);
    const high = read(reading, rest[2]!, depth + 1);
    return { ...placed(node), kind: 'between', value: subject, low, high };
  },
  Conjunction: (reading, node, depth) => joined(piecesOf(reading, node, depth)),
  Disjunction: (reading, node, depth) => joined(piecesOf(reading, node, depth)),
  IfExpression: (reading, node, depth) => {
    const [, condition, , consequence, , otherwise] = childrenOf(node);
    return {
      ...placed(node),
      kind: 'if',
      condition: read(reading, condition!, depth + 1),
      consequence: read(reading, consequence!, depth + 1),
      otherwise: read(reading, otherwise!, otherwise!.name === 'IfExpression' ? depth : depth + 1),
    };
  },
  QuantifiedExpression: (reading, node, depth) => {
    const [word, sources, , condition] = childrenOf(node);
    const ranges = childrenOf(sources!).filter((child) => child.name === 'InExpression');
    const [variable, , source] = childrenOf(ranges[0]!);
    const lists = childrenOf(source!);
    if (ranges.length !== 1 || lists.length !== 1) throw unsupported(reading, node);
    return {
      ...placed(node),
      kind: word!.name === 'some' ? 'some' : 'every',
      variable: sourceOf(reading, variable!),
      list: read(reading, lists[0]!, depth + 1),
      condition: read(reading, condition!, depth + 1),
    };
  },
};
