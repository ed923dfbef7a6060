import { compile, describe } from '#expressions';
import { Failure, type Language } from '#kernel';
import { factorText, figure } from './measure-text.ts';
import { type OperatorCode, operators } from './operators.ts';
import type { Comparison, Group, Item, Operand } from './tree.ts';
import { fieldsOf, type Names, nameOf, type Unit } from './vocabulary.ts';
import { valuesOf, writeOperandText } from './write.ts';

/** How a row says its comparison: a word after the subject, one after the values. */
export interface OperatorWords {
  word: string;
  /** The word of the opposite, where the language has one. */
  not: string;
  behind: string;
}

/** What sentences need besides the tree: the words of the page in the reader's language. */
export interface Wording {
  language: Language;
  currency: string;
  names: Names;
  operators: Record<OperatorCode, OperatorWords>;
  words: {
    and: string;
    or: string;
    not: string;
    list: string;
    some: string;
    every: string;
    to: string;
    missing: string;
    narrowed: string;
    yes: string;
    no: string;
  };
}

const put = (template: string, values: Record<string, string>): string =>
  template.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');

/** A condition as a sentence with its units: `管理资产 大于 5,000,000 元 且 账户数 大于 0`. */
export function sentence(root: Group, wording: Wording): string {
  return say(root, wording, true);
}

function say(item: Item, wording: Wording, alone: boolean): string {
  const { words } = wording;
  const opposite =
    item.kind === 'comparison' && item.operator !== 'holds' && wording.operators[item.operator].not !== '';
  const plain = sayPlain(item, wording, alone || (item.not && !opposite));
  return item.not && !opposite ? put(words.not, { a: plain }) : plain;
}

function sayPlain(item: Item, wording: Wording, alone: boolean): string {
  const { words, language } = wording;
  switch (item.kind) {
    case 'group': {
      const [only] = item.items;
      if (item.items.length === 1) return say(only!, wording, alone);
      const text = item.items.map((each) => say(each, wording, false)).join(` ${words[item.join]} `);
      return alone ? text : language === 'zh' ? `（${text}）` : `(${text})`;
    }
    case 'comparison':
      return sayRow(item, wording);
    case 'some':
    case 'every': {
      const list = nameOf(wording.names, { name: item.list, item: false });
      const inside = { ...wording, names: { ...wording.names, list: item.list } };
      const label = list?.label[language] ?? item.list;
      const narrowed = item.filter ? put(words.narrowed, { a: label, b: say(item.filter, inside, true) }) : label;
      return put(words[item.kind], { a: narrowed, b: say(item.group, inside, true) });
    }
    case 'text':
      return sayText(item.text, wording);
  }
}

function sayRow({ subject, operator, values, not }: Comparison, wording: Wording): string {
  if (operator === 'holds') return sayOperand(subject, wording);
  const { word, not: opposite, behind } = wording.operators[operator];
  const said = valuesOf(operator, values).map((value) => sayValue(value, subject, operator, wording));
  const joined = operators[operator].values === 2 ? said.join(` ${wording.words.to} `) : said.join(wording.words.list);
  return [sayOperand(subject, wording), not && opposite !== '' ? opposite : word, joined, behind]
    .filter((each) => each !== '')
    .join(' ');
}

/** The unit in which values stand beside a subject. */
export function unitOf(operand: Operand, names: Names): Unit | undefined {
  switch (operand.kind) {
    case 'name':
      return nameOf(names, operand)?.unit;
    case 'scaled':
      return unitOf(operand.base, names);
    case 'aggregate':
      return operand.aggregate === 'count'
        ? 'count'
        : fieldsOf(names, operand.list).find(({ code, label }) =>
            [code, label.zh, label.en].includes(operand.field ?? ''),
          )?.unit;
    default:
      return undefined;
  }
}

function sayValue(value: Operand, subject: Operand, operator: OperatorCode, wording: Wording): string {
  const { language, currency, names } = wording;
  if (value.kind !== 'literal') return sayOperand(value, wording);
  if (operators[operator].takes === 'days') return value.value;
  if (value.type === 'number') return figure(value.value, unitOf(subject, names), language, currency);
  const option =
    subject.kind === 'name' ? nameOf(names, subject)?.options?.find(({ code }) => code === value.value) : undefined;
  return option ? option.label[language] : sayOperand(value, wording);
}

export function sayOperand(operand: Operand, wording: Wording): string {
  const { language, names, words, currency } = wording;
  switch (operand.kind) {
    case 'empty':
      return words.missing;
    case 'name': {
      const name = nameOf(names, operand);
      if (!name) return operand.name;
      if (name.given === 'context' && name.value !== undefined) {
        const value = figure(name.value, name.unit, language, currency);
        return language === 'zh' ? `${value}（${name.label.zh}）` : `${value} (${name.label.en})`;
      }
      return name.label[language];
    }
    case 'literal':
      if (operand.type === 'text') return language === 'zh' ? `“${operand.value}”` : `"${operand.value}"`;
      if (operand.type === 'boolean') return operand.value === 'true' ? words.yes : words.no;
      return operand.type === 'number' ? figure(operand.value, undefined, language, currency) : operand.value;
    case 'scaled': {
      const factor =
        operand.factor.kind === 'literal'
          ? operand.percent
            ? `${operand.factor.value} %`
            : factorText(operand.factor.value)
          : sayOperand(operand.factor, wording);
      return `${sayOperand(operand.base, wording)} × ${factor}`;
    }
    case 'aggregate':
    case 'text':
      return sayText(writeOperandText(operand, names), wording);
  }
}

/** Text that no row shows, in the words of the language where it can be read. */
function sayText(text: string, { names, language }: Wording): string {
  try {
    return describe(compile(text, names.scope).ast)[language];
  } catch (error) {
    if (error instanceof Failure) return text;
    throw error;
  }
}
