import { writeText } from '#expressions';
import { type OperatorCode, operators } from './operators.ts';
import type { Group, Item, Operand } from './tree.ts';
import { type Names, nameOf } from './vocabulary.ts';

/** What keeps a tree from being a condition: at which item, and in which of its places. */
export interface Gap {
  id: string;
  place: 'subject' | 'value' | 'group';
  /** Which of the values. */
  index: number;
}

/** The tree as text, and where something is still missing: a text with gaps is no expression. */
export function writeTree(root: Group, names: Names): { text: string; gaps: Gap[] } {
  const gaps: Gap[] = [];
  return { text: root.items.length === 0 ? '' : writeItem(root, names, gaps, true), gaps };
}

function writeItem(item: Item, names: Names, gaps: Gap[], alone: boolean): string {
  const text = writePlain(item, names, gaps, alone || item.not);
  return item.not ? `not(${text})` : text;
}

/** `alone`: nothing stands beside it, so that it needs no brackets. */
function writePlain(item: Item, names: Names, gaps: Gap[], alone: boolean): string {
  switch (item.kind) {
    case 'group': {
      if (item.items.length === 0) gaps.push({ id: item.id, place: 'group', index: 0 });
      const [only] = item.items;
      if (item.items.length === 1) return writeItem(only!, names, gaps, alone);
      const text = item.items.map((each) => writeItem(each, names, gaps, false)).join(` ${item.join} `);
      return alone ? text : `(${text})`;
    }
    case 'comparison': {
      const values = valuesOf(item.operator, item.values).map((value, index) => {
        if (isGap(value)) gaps.push({ id: item.id, place: 'value', index });
        return writeOperand(value, names, gaps);
      });
      if (isGap(item.subject)) gaps.push({ id: item.id, place: 'subject', index: 0 });
      const subject = writeOperand(item.subject, names, gaps);
      const day =
        operators[item.operator].takes === 'days' && typeOf(item.subject, names) === 'datetime'
          ? `date(${subject})`
          : subject;
      return operators[item.operator].write(day, values, names.today);
    }
    case 'some':
    case 'every': {
      const within: Names = { ...names, list: item.list };
      const list = writeList(item.list, item.filter, within, gaps);
      const text = `${item.kind} item in ${list} satisfies ${writeItem(item.group, within, gaps, true)}`;
      return alone ? text : `(${text})`;
    }
    case 'text':
      if (item.text.trim() === '') gaps.push({ id: item.id, place: 'subject', index: 0 });
      return alone ? item.text : `(${item.text})`;
  }
}

/** As many values as the operator takes, those that are missing as gaps. */
export function valuesOf(operator: OperatorCode, values: readonly Operand[]): Operand[] {
  const { values: wanted } = operators[operator];
  if (wanted === 'many') return values.length === 0 ? [{ kind: 'empty' }] : [...values];
  return Array.from({ length: wanted }, (_, index) => values[index] ?? { kind: 'empty' });
}

const isGap = (operand: Operand): boolean =>
  operand.kind === 'empty' ||
  (operand.kind === 'text' && operand.text.trim() === '') ||
  (operand.kind === 'literal' && operand.type !== 'text' && operand.value === '') ||
  (operand.kind === 'name' && operand.name === '') ||
  (operand.kind === 'scaled' && (isGap(operand.base) || isGap(operand.factor)));

/** An operand alone, as text. */
export const writeOperandText = (operand: Operand, names: Names): string =>
  operand.kind === 'text' ? operand.text : writeOperand(operand, names, []);

/** One row or group alone, as text: to find out what is wrong with it. */
export const writeItemText = (item: Item, names: Names): string => writeItem(item, names, [], true);

function writeOperand(operand: Operand, names: Names, gaps: Gap[]): string {
  switch (operand.kind) {
    case 'empty':
      return '…';
    case 'name':
      return operand.item ? `item.${operand.name}` : operand.name;
    case 'literal':
      if (operand.type === 'text') return writeText(operand.value);
      return operand.type === 'date' ? `date("${operand.value}")` : operand.value;
    case 'scaled': {
      const product = `${writeOperand(operand.base, names, gaps)} * ${writeOperand(operand.factor, names, gaps)}`;
      return operand.percent ? `${product} / 100` : product;
    }
    case 'aggregate': {
      const list = writeList(operand.list, operand.filter, { ...names, list: operand.list }, gaps);
      return `${operand.aggregate}(${list}${operand.field === null ? '' : `.${operand.field}`})`;
    }
    case 'text':
      return `(${operand.text})`;
  }
}

function writeList(list: string, filter: Group | null, names: Names, gaps: Gap[]): string {
  return filter && filter.items.length > 0 ? `${list}[${writeItem(filter, names, gaps, true)}]` : list;
}

/** The type of an operand where it is known without compiling. */
export function typeOf(operand: Operand, names: Names) {
  switch (operand.kind) {
    case 'name':
      return nameOf(names, operand)?.type;
    case 'literal':
    case 'text':
      return operand.type;
    case 'scaled':
      return 'number' as const;
    case 'aggregate': {
      const field = operand.field && nameOf({ ...names, list: operand.list }, { name: operand.field, item: true });
      return operand.aggregate === 'count' ? ('number' as const) : (field || undefined)?.type;
    }
    case 'empty':
      return undefined;
  }
}
