import type { Names, Unit } from '#facts';
import type { Language, Text } from '#kernel';
import type { Occurrence, RuleDay } from '../occurrence.ts';
import type { Rule } from '../rule-definition.ts';
import { filled, SCRIPT_NAMES, worded } from '../wording.ts';

/**
 * A text of a rule with the values of an occurrence, in both languages. The names of people stay marks ([客户姓名], [经理姓名]): who reads
 * it decides whether they may be seen.
 */
export function spoken(rule: Rule, day: RuleDay, occurrence: Occurrence, text: Text): Text {
  const told = filled(text, (language) => wordedValues(rule, day, occurrence, language));
  const product = rule.subject && occurrence.values[`${rule.subject.code}_product`];
  if (!product) return told;
  return {
    zh: told.zh.replaceAll(SCRIPT_NAMES.product, product),
    en: told.en.replaceAll(SCRIPT_NAMES.product, product),
  };
}

/** Texts by language and field, as rows keep them beside the Chinese columns; the field `bilingual` reads them. */
export const inBothLanguages = (texts: Record<string, Text | null>): string => {
  const told = Object.entries(texts).flatMap(([code, text]) => (text ? [[code, text] as const] : []));
  const of = (language: Language) => Object.fromEntries(told.map(([code, text]) => [code, text[language]]));
  return JSON.stringify({ zh: of('zh'), en: of('en') });
};

function wordedValues(rule: Rule, day: RuleDay, { values, businessDate }: Occurrence, language: Language) {
  const wording = { currency: day.books.currency, zone: day.books.zone };
  const told: Record<string, string> = {};
  const add = (code: string, value: string | null, unit: Unit, options?: Names[string]['options']) => {
    told[code] = worded(value, unit, language, wording, options);
  };
  for (const [code, { unit }] of Object.entries(rule.definition.values)) add(code, values[code] ?? null, unit);
  for (const code of rule.mentioned) {
    const { unit, given, options } = rule.vocabulary.names[code]!;
    if (code === 'business_date') add(code, businessDate, unit);
    else if (given === 'context') add(code, String(day.parameters.get(code)), unit);
    else add(code, values[code] ?? null, unit, options);
  }
  return told;
}
