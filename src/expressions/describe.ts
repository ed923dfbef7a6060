import { fill, type Text } from '#kernel';
import type { DatePart, ListNode, Node, NodeOf, Test } from './ast.ts';
import { DAY_MS } from './dates.ts';
import { formatDuration } from './durations.ts';
import type { ArithmeticOperator, CompareOperator } from './syntax.ts';
import { writeValue } from './values.ts';

type Language = keyof Text;

/** Says an expression in words, with the labels of its fields, for lists, reasons and previews. */
export function describe(node: Node): Text {
  return { zh: say(node, 'zh'), en: say(node, 'en') };
}

const comparisons: Record<CompareOperator, Text> = {
  '=': { zh: '等于', en: 'is' },
  '!=': { zh: '不等于', en: 'is not' },
  '<': { zh: '小于', en: 'is less than' },
  '<=': { zh: '不超过', en: 'is at most' },
  '>': { zh: '大于', en: 'is greater than' },
  '>=': { zh: '不低于', en: 'is at least' },
};

const signs: Record<ArithmeticOperator, string> = { '+': '+', '-': '−', '*': '×', '/': '÷' };

/** Sentences with places for what stands inside. */
const phrases = {
  and: { zh: ' 且 ', en: ' and ' },
  or: { zh: ' 或 ', en: ' or ' },
  not: { zh: '并非（{a}）', en: 'not ({a})' },
  if: { zh: '若 {a} 则 {b}，否则 {c}', en: 'if {a} then {b}, otherwise {c}' },
  one_of: { zh: '{a} 是 {b} 之一', en: '{a} is one of {b}' },
  one_of_separator: { zh: '、', en: ', ' },
  range: { zh: '{a} {b} {c} 且 {d} {e}', en: '{a} {b} {c} and {d} {e}' },
  empty: { zh: '{a} 为空', en: '{a} is empty' },
  not_empty: { zh: '{a} 不为空', en: '{a} is not empty' },
  some: { zh: '{a}中有一项满足 {b}', en: 'one of {a} has {b}' },
  every: { zh: '{a}中每一项都满足 {b}', en: 'each of {a} has {b}' },
  list: { zh: '{a}（{b}）', en: '{a} ({b})' },
  sum: { zh: '{a}的{b}之和', en: 'the sum of {b} of {a}' },
  count: { zh: '{a}的个数', en: 'the number of {a}' },
  min: { zh: '{a}中最小的{b}', en: 'the least {b} of {a}' },
  max: { zh: '{a}中最大的{b}', en: 'the greatest {b} of {a}' },
  mean: { zh: '{a}的平均{b}', en: 'the mean {b} of {a}' },
  null: { zh: '空', en: 'empty' },
  true: { zh: '是', en: 'yes' },
  false: { zh: '否', en: 'no' },
  text: { zh: '“{a}”', en: '"{a}"' },
  brackets: { zh: '（{a}）', en: '({a})' },
  days: { zh: '{a} 天', en: '{a} days' },
  months: { zh: '{a} 个月', en: '{a} months' },
} satisfies Record<string, Text>;

const parts: Record<DatePart, Text> = {
  year: { zh: '{a}的年份', en: 'the year of {a}' },
  month: { zh: '{a}的月份', en: 'the month of {a}' },
  day: { zh: '{a}的日', en: 'the day of {a}' },
  weekday: { zh: '{a}是星期几（1–7）', en: 'the weekday (1–7) of {a}' },
  hour: { zh: '{a}的小时', en: 'the hour of {a}' },
  minute: { zh: '{a}的分钟', en: 'the minute of {a}' },
};

function phrase(text: Text, language: Language, ...values: string[]): string {
  const [a, b, c, d, e] = values;
  return fill(text[language], { a, b, c, d, e }, language);
}

/** How tightly a description holds together; what is looser than its place needs stands in brackets. */
const tightness = { loose: 0, condition: 2, sum: 4, product: 5, tight: 9 };

function tightnessOf(node: Node): number {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'if':
      return tightness.loose;
    case 'in':
      return node.tests.length > 1 && !isOneOf(node.tests) ? tightness.loose : tightness.condition;
    case 'arithmetic':
      return node.operator === '+' || node.operator === '-' ? tightness.sum : tightness.product;
    case 'compare':
    case 'some':
    case 'every':
      return tightness.condition;
    case 'call':
      return node.type === 'boolean' ? tightness.condition : tightness.tight;
    default:
      return tightness.tight;
  }
}

function within(node: Node, needed: number, language: Language): string {
  const text = say(node, language);
  return tightnessOf(node) < needed ? phrase(phrases.brackets, language, text) : text;
}

function say(node: Node, language: Language): string {
  const plain = (child: Node) => say(child, language);
  const part = (child: Node) => within(child, tightness.sum, language);
  switch (node.kind) {
    case 'literal':
      return sayLiteral(node, language);
    case 'name':
      return node.entry.label?.[language] ?? node.name;
    case 'negate':
      return `−${within(node.value, tightness.tight, language)}`;
    case 'arithmetic': {
      const needed = tightnessOf(node);
      const right = within(node.right, needed + 1, language);
      return `${within(node.left, needed, language)} ${signs[node.operator]} ${right}`;
    }
    case 'compare':
      return sayComparison(part(node.left), node.operator, node.right, node.left, language);
    case 'in':
      return sayTests(node, language);
    case 'and':
    case 'or':
      return node.parts.map((child) => within(child, tightness.condition, language)).join(phrases[node.kind][language]);
    case 'not':
      return phrase(phrases.not, language, plain(node.value));
    case 'if':
      return phrase(phrases.if, language, plain(node.condition), plain(node.consequence), plain(node.otherwise));
    case 'part':
      return phrase(parts[node.part], language, within(node.value, tightness.tight, language));
    case 'call': {
      const values = node.arguments.map((argument) => within(argument, tightness.sum, language));
      const { name, phrase: words, repeats } = node.definition;
      if (words && repeats) return phrase(words, language, values.join(phrases.one_of_separator[language]));
      return words ? phrase(words, language, ...values) : `${name}(${node.arguments.map(plain).join(', ')})`;
    }
    case 'aggregate':
      return phrase(
        phrases[node.aggregate],
        language,
        sayList(node.list, language),
        node.field ? plain(node.field) : '',
      );
    case 'some':
    case 'every':
      return phrase(phrases[node.kind], language, sayList(node.list, language), plain(node.condition));
  }
}

function sayLiteral({ value, type }: NodeOf<'literal'>, language: Language): string {
  if (value === null) return phrases.null[language];
  switch (type) {
    case 'boolean':
      return phrases[value ? 'true' : 'false'][language];
    case 'text':
      return phrase(phrases.text, language, value as string);
    case 'duration': {
      const days = (value as number) / DAY_MS;
      return Number.isInteger(days) ? phrase(phrases.days, language, String(days)) : formatDuration(value as number);
    }
    case 'months':
      return phrase(phrases.months, language, String(value));
    default:
      return String(writeValue(value, type));
  }
}

/** A value beside its field; one of the field's options is said by its label. */
function sayBeside(value: Node, field: Node, language: Language): string {
  if (value.kind === 'literal' && field.kind === 'name') {
    const option = field.entry.options?.find(({ code }) => code === value.value);
    if (option) return option.label[language];
  }
  return within(value, tightness.sum, language);
}

function sayComparison(left: string, operator: CompareOperator, right: Node, field: Node, language: Language): string {
  if (right.kind === 'literal' && right.value === null) {
    return phrase(operator === '=' ? phrases.empty : phrases.not_empty, language, left);
  }
  return `${left} ${comparisons[operator][language]} ${sayBeside(right, field, language)}`;
}

function isOneOf(tests: Test[]): tests is Extract<Test, { kind: 'compare' }>[] {
  return tests.every((test) => test.kind === 'compare' && test.operator === '=');
}

function sayTests(node: NodeOf<'in'>, language: Language): string {
  const subject = within(node.value, tightness.sum, language);
  if (node.tests.length > 1 && isOneOf(node.tests)) {
    const values = node.tests.map((test) => sayBeside(test.value, node.value, language));
    return phrase(phrases.one_of, language, subject, values.join(phrases.one_of_separator[language]));
  }
  return node.tests.map((test) => sayTest(subject, test, node.value, language)).join(phrases.or[language]);
}

function sayTest(subject: string, test: Test, field: Node, language: Language): string {
  if (test.kind === 'compare') return sayComparison(subject, test.operator, test.value, field, language);
  const low = within(test.low, tightness.sum, language);
  const high = within(test.high, tightness.sum, language);
  return phrase(phrases.range, language, subject, test.lowOpen ? '>' : '≥', low, test.highOpen ? '<' : '≤', high);
}

function sayList(list: ListNode, language: Language): string {
  const name = list.entry.label?.[language] ?? list.name;
  return list.filter ? phrase(phrases.list, language, name, say(list.filter, language)) : name;
}
