import type { Name, Unit } from '#facts';
import {
  currencySign,
  fill,
  formatCount,
  formatDecimal,
  formatInstant,
  formatShortAmount,
  type Language,
  type Text,
} from '#kernel';

/** How values are worded in reasons and scripts. */
export interface Wording {
  /** Currency of the books. */
  currency: string;
  zone: string;
}

/** What a script may call by name; filled when it is read, with what the reader may see. */
export const SCRIPT_NAMES = { customer: '[客户姓名]', manager: '[经理姓名]', product: '[产品名称]' } as const;

const none: Text = { zh: '无', en: 'none' };
const words: Record<string, Text> = { true: { zh: '是', en: 'yes' }, false: { zh: '否', en: 'no' } };

/** A value for people: amounts short and with their sign, shares as percentages, codes by their label. */
export function worded(
  value: string | null,
  unit: Unit,
  language: Language,
  { currency, zone }: Wording,
  options?: Name['options'],
): string {
  if (value === null) return none[language];
  switch (unit) {
    case 'money': {
      const amount = formatShortAmount(value, language);
      const sign = currencySign(currency);
      return amount.startsWith('-') ? `-${sign}${amount.slice(1)}` : `${sign}${amount}`;
    }
    case 'percent':
      return `${withoutZeros(formatDecimal(value, 2))}%`;
    case 'count':
    case 'days':
    case 'years':
      return formatCount(value);
    case 'number':
      return withoutZeros(formatDecimal(value, 4));
    case 'datetime':
      return formatInstant(value, zone);
    case 'boolean':
      return words[value]?.[language] ?? value;
    default:
      return options?.find((option) => option.code === value)?.label[language] ?? value;
  }
}

const withoutZeros = (figure: string) => (figure.includes('.') ? figure.replace(/\.?0+$/, '') : figure);

/** `{name}` marks of a template. */
export function marksOf(template: Text): string[] {
  return [template.zh, template.en].flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!));
}

export function filled(template: Text, values: (language: Language) => Record<string, string>): Text {
  return { zh: fillChinese(template.zh, values('zh')), en: fill(template.en, values('en'), 'en') };
}

/** Marks the edges of values until the text is whole; in no text otherwise. */
const [OPENS, CLOSES] = ['\uE000', '\uE001'];
const HAN = '\\p{Script=Han}';
const loose = new RegExp(`(?<=${HAN}) ${OPENS}(?=${HAN})|(?<=${HAN})${CLOSES} (?=${HAN})`, 'gu');
const edges = new RegExp(`[${OPENS}${CLOSES}]`, 'g');

/** The space that sets a figure off from Chinese words goes where the value begins or ends with such a word itself, as 万 does. */
function fillChinese(template: string, values: Record<string, string>): string {
  const marked = Object.entries(values).map(([name, value]) => [name, `${OPENS}${value}${CLOSES}`]);
  return fill(template, Object.fromEntries(marked), 'zh').replace(loose, '').replace(edges, '');
}
