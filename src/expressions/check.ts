import type { Failure, Language, Text } from '#kernel';
import { arithmeticType } from './arithmetic.ts';
import {
  type Aggregate,
  aggregates,
  dateParts,
  type ListNode,
  type NameNode,
  type Node,
  type NodeOf,
  type Test,
} from './ast.ts';
import { parseDay } from './dates.ts';
import { parseDuration } from './durations.ts';
import { kinds, refusal, remedyFor } from './failures.ts';
import type { ArgumentType, FunctionDefinition } from './functions/definition.ts';
import { functionNames, signaturesOf } from './functions/table.ts';
import { habitIn } from './habits.ts';
import { limits } from './limits.ts';
import { type NameIndex, namesIndex } from './names.ts';
import { nearest } from './nearest.ts';
import { parseNumber } from './numbers.ts';
import { normalName } from './parse.ts';
import { isReserved, type ResolvedName } from './scope.ts';
import type { CompareOperator, Syntax, SyntaxTest } from './syntax.ts';
import { type ExpressionType, type Place, typeLabels } from './types.ts';
import { parseInstant } from './zones.ts';

/** The names that an expression uses: what a caller must select, and what access rules must allow. */
export interface Usage {
  row: Map<string, ResolvedName>;
  context: Map<string, ResolvedName>;
  /** The fields used of each list, by key of the list. */
  lists: Map<string, Set<string>>;
}

interface Checking {
  text: string;
  names: NameIndex;
  usage: Usage;
  /** Inside the condition of a list: its row, called `variable`; `bare` when its fields may stand without it. */
  item?: { list: ListNode; fields: NameIndex; variable: string; bare: boolean };
}

/** Finds every name and settles every type. Refuses what does not fit, with the place and what to do. */
export function check(text: string, syntax: Syntax, names: NameIndex): { ast: Node; usage: Usage } {
  const usage: Usage = { row: new Map(), context: new Map(), lists: new Map() };
  return { ast: checkNode({ text, names, usage }, syntax), usage };
}

function near(checking: Checking, place: Place): string {
  const source = checking.text.slice(place.from, place.to);
  return source.length > 40 ? `${source.slice(0, 40)}…` : source;
}

/** Gives the bare word null the type that its place needs. */
function typed(node: Node, type: ExpressionType): Node {
  return node.kind === 'literal' && node.type === 'null' ? { ...node, type } : node;
}

function expect(checking: Checking, node: Node, type: ExpressionType): Node {
  const fitting = typed(node, type);
  if (fitting.type === type) return fitting;
  throw wrongType(checking, node, type);
}

function wrongType(checking: Checking, node: Node, type: ExpressionType): Failure {
  return refusal(kinds.wrong_type, node, {
    near: near(checking, node),
    expected: typeLabels[type],
    found: typeLabels[node.type],
    remedy: remedyFor(node.type, type),
  });
}

function checkNode(checking: Checking, syntax: Syntax): Node {
  const place = { from: syntax.from, to: syntax.to };
  switch (syntax.kind) {
    case 'number':
      return { ...place, kind: 'literal', type: 'number', value: writtenNumber(checking, syntax.text, place) };
    case 'text':
      return { ...place, kind: 'literal', type: 'text', value: syntax.value };
    case 'boolean':
      return { ...place, kind: 'literal', type: 'boolean', value: syntax.value };
    case 'null':
      return { ...place, kind: 'literal', type: 'null', value: null };
    case 'at':
      return writtenMoment(syntax.value, place);
    case 'name':
      return checkName(checking, syntax.name, place);
    case 'path':
      return checkPath(checking, syntax);
    case 'filter':
      throw listAlone(checking, syntax);
    case 'call':
      return checkCall(checking, syntax);
    case 'negate':
      return {
        ...place,
        kind: 'negate',
        type: 'number',
        value: expect(checking, checkNode(checking, syntax.value), 'number'),
      };
    case 'arithmetic':
      return checkArithmetic(checking, syntax);
    case 'compare':
      return checkCompare(
        checking,
        syntax.operator,
        checkNode(checking, syntax.left),
        checkNode(checking, syntax.right),
        place,
      );
    case 'between':
      return checkIn(
        checking,
        syntax.value,
        [{ ...place, kind: 'range', low: syntax.low, high: syntax.high, lowOpen: false, highOpen: false }],
        place,
      );
    case 'in':
      return checkIn(checking, syntax.value, syntax.tests, place);
    case 'and':
    case 'or':
      return {
        ...place,
        kind: syntax.kind,
        type: 'boolean',
        parts: syntax.parts.map((part) => expect(checking, checkNode(checking, part), 'boolean')),
      };
    case 'if':
      return checkIf(checking, syntax);
    case 'some':
    case 'every':
      return checkQuantified(checking, syntax);
  }
}

// Written values

function writtenNumber(checking: Checking, text: string, place: Place) {
  const number = parseNumber(text);
  if (number !== null) return number;
  throw refusal(kinds.bad_number, place, {
    near: near(checking, place),
    whole: limits.whole_digits_max,
    places: limits.decimal_places_max,
  });
}

function writtenDate(text: string, place: Place): Node {
  const value = parseDay(text);
  if (value === null) throw refusal(kinds.bad_date, place, { near: text });
  return { ...place, kind: 'literal', type: 'date', value };
}

function writtenDuration(text: string, place: Place): Node {
  const duration = parseDuration(text);
  if (!duration) throw refusal(kinds.bad_duration, place, { near: text });
  return { ...place, kind: 'literal', ...duration };
}

/** `@"2026-01-31"`, `@"P15D"`, `@"2026-01-31T09:30:00"`: the last depends on the zone of the run. */
function writtenMoment(text: string, place: Place): Node {
  if (/^-?P/.test(text)) return writtenDuration(text, place);
  return text.includes('T') ? writtenInstant(text, place) : writtenDate(text, place);
}

function writtenInstant(text: string, place: Place): Node {
  if (parseInstant(text, 'UTC') === null) throw refusal(kinds.bad_datetime, place, { near: text });
  const [definition] = signaturesOf('date and time');
  const literal: Node = { ...place, kind: 'literal', type: 'text', value: text };
  return { ...place, kind: 'call', type: 'datetime', definition: definition!, arguments: [literal] };
}

/** Conversions of a written text are done at once, so that a mistyped one is refused here and not on every row. */
const conversionsOfWritten: Record<string, (checking: Checking, text: string, place: Place) => Node> = {
  date: (_, text, place) => writtenDate(text, place),
  'date and time': (_, text, place) => writtenInstant(text, place),
  duration: (_, text, place) => writtenDuration(text, place),
  number: (checking, text, place) => ({
    ...place,
    kind: 'literal',
    type: 'number',
    value: writtenNumber(checking, text, place),
  }),
};

// Names

function checkName(checking: Checking, written: string, place: Place): Node {
  const name = normalName(written);
  const item = checking.item;
  if (item && name === item.variable) throw refusal(kinds.list_needs_field, place, { name: written, near: written });
  const field = item?.bare ? item.fields.get(name) : undefined;
  if (item && field) return itemField(checking, item, field, written, place);
  const entry = checking.names.get(name);
  if (!entry) throw unknownName(checking, written, place);
  refuseUnusable(entry, written, place);
  if (entry.type === 'list') throw refusal(kinds.list_needs_function, place, { near: written });
  const source = entry.given ?? 'row';
  checking.usage[source].set(entry.key, entry);
  return { ...place, kind: 'name', type: entry.type, name: written, entry, source };
}

function refuseUnusable(entry: ResolvedName, written: string, place: Place): void {
  if (isReserved(entry.key)) throw refusal(kinds.reserved_name, place, { name: written });
  if (entry.ambiguous) {
    throw refusal(kinds.ambiguous_name, place, { name: written, codes: entry.ambiguous.join(', ') });
  }
}

function unknownName(checking: Checking, written: string, place: Place): Failure {
  if (isReserved(written)) return refusal(kinds.reserved_name, place, { name: written });
  const habit = habitIn(written);
  if (habit) {
    const from = place.from + habit.offset;
    return refusal(kinds.other_habit, { from, to: from + habit.found.length }, { ...habit });
  }
  const fields = checking.item?.bare ? checking.item.fields.keys() : [];
  const suggestion = nearest(written, [...fields, ...checking.names.keys()]);
  return suggestion
    ? refusal(kinds.unknown_name_near, place, { name: written, near: suggestion })
    : refusal(kinds.unknown_name, place, { name: written });
}

function itemField(
  checking: Checking,
  item: { list: ListNode },
  entry: ResolvedName,
  written: string,
  place: Place,
): NodeOf<'name'> {
  refuseUnusable(entry, written, place);
  if (entry.type === 'list') throw refusal(kinds.list_in_list, place, { near: written });
  usedFields(checking, item.list).add(entry.key);
  return { ...place, kind: 'name', type: entry.type, name: written, entry, source: 'item' };
}

function usedFields(checking: Checking, list: ListNode): Set<string> {
  const { lists } = checking.usage;
  const fields = lists.get(list.entry.key) ?? new Set();
  lists.set(list.entry.key, fields);
  return fields;
}

function checkPath(checking: Checking, syntax: Extract<Syntax, { kind: 'path' }>): Node {
  const { base, name } = syntax;
  const place = { from: syntax.from, to: syntax.to };
  const item = checking.item;
  if (item && base.kind === 'name' && normalName(base.name) === item.variable) {
    return fieldOf(checking, item, name, place);
  }
  if (isList(checking, base)) throw listAlone(checking, syntax);
  const value = checkNode(checking, base);
  const parts: readonly string[] = value.type === 'date' || value.type === 'datetime' ? dateParts[value.type] : [];
  const part = dateParts.datetime.find((known) => known === name && parts.includes(known));
  if (!part) {
    throw refusal(kinds.unknown_part, place, {
      name,
      found: typeLabels[value.type],
      parts: parts.join(', ') || '—',
    });
  }
  return { ...place, kind: 'part', type: 'number', part, value };
}

function fieldOf(
  checking: Checking,
  item: { list: ListNode; fields: NameIndex },
  name: string,
  place: Place,
): NameNode {
  const field = item.fields.get(normalName(name));
  if (field) return itemField(checking, item, field, name, place) as NameNode;
  throw refusal(kinds.unknown_field, place, {
    list: item.list.name,
    name,
    fields: [...item.fields.keys()].slice(0, 20).join(', '),
  });
}

// Lists

function isList(checking: Checking, syntax: Syntax): boolean {
  if (syntax.kind === 'filter') return isList(checking, syntax.base);
  return syntax.kind === 'name' && checking.names.get(normalName(syntax.name))?.type === 'list';
}

function listAlone(checking: Checking, syntax: Extract<Syntax, { kind: 'path' | 'filter' }>): Failure {
  if (!isList(checking, syntax.base)) {
    return refusal(kinds.not_a_list, syntax.base, { near: near(checking, syntax.base) });
  }
  let list: Syntax = syntax.base;
  while (list.kind === 'filter') list = list.base;
  return refusal(kinds.list_needs_function, syntax, { near: near(checking, list) });
}

/** A list with its filters, which are checked against the fields of its rows. */
function checkList(checking: Checking, syntax: Syntax): ListNode {
  if (!isList(checking, syntax)) throw refusal(kinds.not_a_list, syntax, { near: near(checking, syntax) });
  if (checking.item) throw refusal(kinds.list_in_list, syntax, { near: near(checking, syntax) });
  if (syntax.kind === 'filter') {
    const list = checkList(checking, syntax.base);
    const inside = insideOf(checking, list, 'item', true);
    const condition = expect(inside, checkNode(inside, syntax.condition), 'boolean');
    return { ...list, from: syntax.from, to: syntax.to, filter: both(list.filter, condition) };
  }
  const name = syntax.kind === 'name' ? syntax.name : '';
  const entry = checking.names.get(normalName(name))!;
  refuseUnusable(entry, name, syntax);
  const list: ListNode = { from: syntax.from, to: syntax.to, name, entry, filter: null };
  checking.usage.row.set(entry.key, entry);
  usedFields(checking, list);
  return list;
}

function both(left: Node | null, right: Node): Node {
  return left ? { from: left.from, to: right.to, kind: 'and', type: 'boolean', parts: [left, right] } : right;
}

function insideOf(
  checking: Checking,
  list: ListNode,
  variable: string,
  bare: boolean,
): Checking & Required<Pick<Checking, 'item'>> {
  return {
    ...checking,
    item: { list, fields: namesIndex(list.entry.list?.fields ?? {}), variable: normalName(variable), bare },
  };
}

function checkQuantified(checking: Checking, syntax: Extract<Syntax, { kind: 'some' | 'every' }>): Node {
  const list = checkList(checking, syntax.list);
  const inside = insideOf(checking, list, syntax.variable, false);
  const condition = expect(inside, checkNode(inside, syntax.condition), 'boolean');
  return { from: syntax.from, to: syntax.to, kind: syntax.kind, type: 'boolean', list, condition };
}

function checkAggregate(checking: Checking, name: Aggregate, syntax: Syntax, place: Place): Node {
  const list = checkList(checking, syntax.kind === 'path' ? syntax.base : syntax);
  const inside = insideOf(checking, list, '', false);
  const field = syntax.kind === 'path' ? fieldOf(checking, inside.item, syntax.name, syntax) : null;
  if (name === 'count') return { ...place, kind: 'aggregate', type: 'number', aggregate: name, list, field };
  if (!field) throw refusal(kinds.list_needs_field, place, { name, near: near(checking, syntax) });
  const ordered = field.type === 'date' || field.type === 'datetime' || field.type === 'text';
  const fitting =
    ordered && (name === 'min' || name === 'max') ? field : (expect(checking, field, 'number') as NameNode);
  return { ...place, kind: 'aggregate', type: fitting.type, aggregate: name, list, field: fitting };
}

// Functions

function checkCall(checking: Checking, syntax: Extract<Syntax, { kind: 'call' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const name = normalName(syntax.name);
  const [only] = syntax.arguments.length === 1 ? syntax.arguments : [];
  if (only?.kind === 'text' && Object.hasOwn(conversionsOfWritten, name)) {
    return conversionsOfWritten[name]!(checking, only.value, place);
  }
  if (name === 'duration') throw refusal(kinds.duration_not_written, place);
  if (name === 'not' && only) {
    return { ...place, kind: 'not', type: 'boolean', value: expect(checking, checkNode(checking, only), 'boolean') };
  }
  const aggregate = aggregates.find((known) => known === name);
  if (aggregate && only && isList(checking, only.kind === 'path' ? only.base : only)) {
    return checkAggregate(checking, aggregate, only, place);
  }
  // `today()` and `now()` are FEEL's spelling of the values that the run gives.
  if (syntax.arguments.length === 0 && checking.names.get(name)?.given === 'context') {
    return checkName(checking, syntax.name, place);
  }
  const signatures = signaturesOf(name);
  if (signatures.length === 0) throw unknownFunction(checking, syntax, aggregate);
  const values = syntax.arguments.map((argument) => checkNode(checking, argument));
  const definition = signatures.find((signature) => accepts(signature, values));
  if (!definition) throw wrongArguments(checking, syntax.name, place, signatures, values);
  return {
    ...place,
    kind: 'call',
    type: definition.gives,
    definition,
    arguments: values.map((value, index) => typed(value, typeOfArgument(takenAt(definition, index)))),
  };
}

export function takenAt(definition: FunctionDefinition, index: number): ArgumentType {
  return definition.takes[Math.min(index, definition.takes.length - 1)]!;
}

function typeOfArgument(type: ArgumentType): ExpressionType {
  return type === 'whole' ? 'number' : type;
}

function accepts(signature: FunctionDefinition, values: Node[]): boolean {
  const enough = signature.repeats ? values.length >= 1 : values.length === signature.takes.length;
  return enough && values.every((value, index) => fits(value, takenAt(signature, index)));
}

function fits(value: Node, type: ArgumentType): boolean {
  return value.type === 'null' || value.type === typeOfArgument(type);
}

function unknownFunction(
  checking: Checking,
  syntax: Extract<Syntax, { kind: 'call' }>,
  aggregate?: Aggregate,
): Failure {
  const [first] = syntax.arguments;
  if (aggregate && first) return refusal(kinds.not_a_list, first, { near: near(checking, first) });
  const place = { from: syntax.from, to: syntax.from + syntax.name.length };
  const suggestion = nearest(syntax.name, functionNames);
  return suggestion
    ? refusal(kinds.unknown_function_near, place, { name: syntax.name, near: suggestion })
    : refusal(kinds.unknown_function, place, { name: syntax.name });
}

function wrongArguments(
  checking: Checking,
  name: string,
  place: Place,
  signatures: readonly FunctionDefinition[],
  values: Node[],
): Failure {
  const [signature, ...others] = signatures.filter(({ takes }) => takes.length === values.length);
  const wrong = signature && values.findIndex((value, index) => !fits(value, takenAt(signature, index)));
  if (wrong !== undefined && wrong >= 0 && others.length === 0) {
    return wrongType(checking, values[wrong]!, typeOfArgument(takenAt(signature!, wrong)));
  }
  const inBoth = (say: (language: Language) => string): Text => ({ zh: say('zh'), en: say('en') });
  return refusal(kinds.wrong_arguments, place, {
    name,
    usage: inBoth((language) => signatures.map((candidate) => usageOf(candidate, language)).join(' / ')),
    found: inBoth((language) => values.map((value) => typeLabels[value.type][language]).join(', ')),
  });
}

/** How a function is written: `substring(文本, 数字, 数字)`. */
export function usageOf(definition: FunctionDefinition, language: Language): string {
  const taken = definition.takes.map((type) => typeLabels[typeOfArgument(type)][language].replace(/^a /, ''));
  return `${definition.name}(${taken.join(', ')}${definition.repeats ? ', …' : ''})`;
}

// Comparisons, arithmetic, branches

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

function checkCompare(checking: Checking, operator: CompareOperator, first: Node, second: Node, place: Place): Node {
  const [left, right] = comparable(checking, operator, first, second, place);
  return { ...place, kind: 'compare', type: 'boolean', operator, left, right };
}

function checkIn(checking: Checking, subject: Syntax, tests: SyntaxTest[], place: Place): Node {
  const value = checkNode(checking, subject);
  const checked = tests.map((test): Test => {
    const at = { from: test.from, to: test.to };
    if (test.kind === 'compare') {
      const [, right] = comparable(checking, test.operator, value, checkNode(checking, test.value), at);
      return { ...at, kind: 'compare', operator: test.operator, value: right };
    }
    const [, low] = comparable(checking, '>=', value, checkNode(checking, test.low), at);
    const [, high] = comparable(checking, '<=', value, checkNode(checking, test.high), at);
    return { ...at, kind: 'range', low, high, lowOpen: test.lowOpen, highOpen: test.highOpen };
  });
  if (value.type === 'null') throw refusal(kinds.no_order, place, { found: typeLabels.null });
  return { ...place, kind: 'in', type: 'boolean', value, tests: checked };
}

function checkArithmetic(checking: Checking, syntax: Extract<Syntax, { kind: 'arithmetic' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const { operator } = syntax;
  const first = checkNode(checking, syntax.left);
  const second = checkNode(checking, syntax.right);
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

function checkIf(checking: Checking, syntax: Extract<Syntax, { kind: 'if' }>): Node {
  const place = { from: syntax.from, to: syntax.to };
  const condition = expect(checking, checkNode(checking, syntax.condition), 'boolean');
  const first = checkNode(checking, syntax.consequence);
  const second = checkNode(checking, syntax.otherwise);
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
