import type { Language, Text } from '#kernel';
import { arithmeticType } from '../arithmetic.ts';
import type { Node, Test } from '../ast.ts';
import { kinds, refusal, remedyFor } from '../failures.ts';
import type { ResolvedName } from '../scope.ts';
import type { CompareOperator, Syntax, SyntaxTest } from '../syntax.ts';
import { type ExpressionType, type Place, typeLabels } from '../types.ts';
import { type Checking, expect, near, typed } from './checking.ts';

const ordered: ReadonlySet<ExpressionType> = new Set(['number', 'text', 'date', 'datetime', 'duration']);

/** Settles both sides of a comparison: types, the bare null, and labels of options. */
function comparable(
  checking: Checking,
  operator: CompareOperator,
  left: Node,
  right: Node,
  place: Place,
): [Node, Node] {
  const a = withOption(typed(left, right.type), right);
  const b = withOption(typed(right, left.type), left);
  const equality = operator === '=' || operator === '!=';
  if (a.type !== b.type || a.type === 'months' || a.type === 'texts') {
    throw refusal(kinds.cannot_compare, place, {
      left: typeLabels[a.type],
      right: typeLabels[b.type],
      remedy: eitherRemedy(a.type, b.type),
    });
  }
  if (!equality && (!ordered.has(a.type) || isNull(left) || isNull(right))) {
    throw refusal(kinds.no_order, place, { found: typeLabels[isNull(left) || isNull(right) ? 'null' : a.type] });
  }
  return [optionChecked(checking, a, b), optionChecked(checking, b, a)];
}

function eitherRemedy(left: ExpressionType, right: ExpressionType): Text {
  const direct = remedyFor(left, right);
  return direct.en ? direct : remedyFor(right, left);
}

function isNull(node: Node): boolean {
  return node.kind === 'literal' && node.value === null;
}

/** Turns the label of an option into its code, so that people may write what they read on the screen. */
function withOption(node: Node, other: Node): Node {
  const options = optionsOf(other);
  if (!options || node.kind !== 'literal' || typeof node.value !== 'string') return node;
  const { value } = node;
  const option =
    options.find(({ code }) => code === value) ?? options.find(({ label }) => label.zh === value || label.en === value);
  return option ? { ...node, value: option.code } : node;
}

function optionChecked(checking: Checking, node: Node, other: Node): Node {
  const options = optionsOf(other);
  if (!options || node.kind !== 'literal' || node.value === null) return node;
  if (options.some(({ code }) => code === node.value)) return node;
  const shown = (language: Language) =>
    options
      .slice(0, 20)
      .map(({ code, label }) => `${label[language]} (${code})`)
      .join(', ');
  throw refusal(kinds.unknown_option, node, {
    near: near(checking, node),
    name: other.kind === 'name' ? other.name : '',
    options: { zh: shown('zh'), en: shown('en') },
  });
}

function optionsOf(node: Node): ResolvedName['options'] {
  return node.kind === 'name' ? node.entry.options : undefined;
}

export function checkCompare(
  checking: Checking,
  operator: CompareOperator,
  first: Node,
  second: Node,
  place: Place,
): Node {
  const [left, right] = comparable(checking, operator, first, second, place);
  return { ...place, kind: 'compare', type: 'boolean', operator, left, right };
}

export function checkIn(checking: Checking, subject: Syntax, tests: SyntaxTest[], place: Place): Node {
  const value = checking.visit(checking, subject);
  const checked = tests.map((test): Test => {
    const at = { from: test.from, to: test.to };
    if (test.kind === 'compare') {
      const [, right] = comparable(checking, test.operator, value, checking.visit(checking, test.value), at);
      return { ...at, kind: 'compare', operator: test.operator, value: right };
    }
    const [, low] = comparable(checking, '>=', value, checking.visit(checking, test.low), at);
    const [, high] = comparable(checking, '<=', value, checking.visit(checking, test.high), at);
    return { ...at, kind: 'range', low, high, lowOpen: test.lowOpen, highOpen: test.highOpen };
  });
  if (value.type === 'null') throw refusal(kinds.no_order, place, { found: typeLabels.null });
  return { ...place, kind: 'in', type: 'boolean', value, tests: checked };
}

export function checkArithmetic(checking: Checking, syntax: Extract<Syntax, { kind: 'arithmetic' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const { operator } = syntax;
  const first = checking.visit(checking, syntax.left);
  const second = checking.visit(checking, syntax.right);
  const left = typed(first, second.type);
  const right = typed(second, first.type);
  const type = arithmeticType(left, operator, right);
  if (type === 'not_written') throw refusal(kinds.duration_not_written, right);
  if (type === 'not_whole_days') throw refusal(kinds.whole_days, right);
  if (type) return { ...place, kind: 'arithmetic', type, operator, left, right };
  throw refusal(kinds.cannot_calculate, place, {
    operator,
    left: typeLabels[left.type],
    right: typeLabels[right.type],
    remedy: eitherRemedy(left.type, right.type),
  });
}

export function checkIf(checking: Checking, syntax: Extract<Syntax, { kind: 'if' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const condition = expect(checking, checking.visit(checking, syntax.condition), 'boolean');
  const first = checking.visit(checking, syntax.consequence);
  const second = checking.visit(checking, syntax.otherwise);
  const consequence = typed(first, second.type);
  const otherwise = typed(second, first.type);
  if (consequence.type !== otherwise.type || consequence.type === 'months' || consequence.type === 'duration') {
    throw refusal(kinds.branches_differ, place, {
      left: typeLabels[consequence.type],
      right: typeLabels[otherwise.type],
    });
  }
  return { ...place, kind: 'if', type: consequence.type, condition, consequence, otherwise };
}
