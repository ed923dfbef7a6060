import type { Body, DefinitionKind, Measure } from '../../api/definitions.ts';
import { blankRule, tidyRule } from './rule/rule.ts';

/** The ways to get a metric, and the key that each stands under. */
export const metricForms = ['measure', 'ratio', 'expression', 'household', 'ledger'] as const;
export type MetricForm = (typeof metricForms)[number];

export const formOf = (body: Body): MetricForm => metricForms.find((form) => body[form] !== undefined) ?? 'measure';

/** Which of the windows of the vocabulary a measure has; `all` for none. */
export function windowOf({ days, calendar, window }: Measure): string {
  if (window !== undefined) return window;
  if (days === undefined) return 'all';
  return days === 1 && !calendar ? 'today' : calendar ? 'trading_days' : 'days';
}

/** What a new definition of a kind begins with. */
export function blankBody(kind: DefinitionKind, code: string): Body {
  const base = { code, label: { zh: '', en: '' } };
  switch (kind) {
    case 'metrics':
      return { ...base, unit: 'money', measure: { function: 'sum', entity: 'transaction', field: 'amount', days: 30 } };
    case 'tags':
      return { ...base, color: 'blue', if: '' };
    case 'tiers':
      return { ...base, color: 'blue', if: '' };
    case 'segments':
      return { ...base, if: '' };
    case 'parameters':
      return { ...base, type: 'money', value: '' };
    case 'rules':
      return { ...base, ...blankRule() } as unknown as Body;
  }
}

/** Empty parts are left out: a description that nobody wrote, a condition that nobody wants. Names stand in for each other. */
export function tidy(kind: DefinitionKind, body: Body): Body {
  if (kind === 'rules') return tidyRule(body);
  const { label, description } = body;
  const both = (text: { zh: string; en: string }) => ({
    zh: text.zh.trim() || text.en.trim(),
    en: text.en.trim() || text.zh.trim(),
  });
  const described = description && (description.zh.trim() || description.en.trim()) ? both(description) : undefined;
  const { description: _, ...rest } = body;
  const kept = Object.fromEntries(
    Object.entries(rest).filter(([key, value]) => value !== undefined && !(value === '' && key !== 'if')),
  ) as unknown as Body;
  if (kept.measure) kept.measure = tidyMeasure(kept.measure);
  return { ...kept, label: both(label), ...(described ? { description: described } : {}) };
}

const tidyMeasure = (measure: Measure): Measure =>
  Object.fromEntries(Object.entries(measure).filter(([, value]) => value !== undefined && value !== '')) as never;

/** The order of keys is no difference. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, ordered(each)]));
}

/** A part of a definition that two versions have differently; nothing stands for a part that is not there. */
export interface Difference {
  path: string;
  before: unknown;
  after: unknown;
}

/** What differs between two versions, by part, in the order in which people read a definition. */
export function differences(before: Body | undefined, after: Body): Difference[] {
  const was = flatParts(before ?? ({} as Body));
  const is = flatParts(after);
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((path) => path !== 'code' && !isSame(was.get(path) ?? null, is.get(path) ?? null))
    .map((path) => ({ path, before: was.get(path) ?? null, after: is.get(path) ?? null }));
}

const structured = new Set(['measure', 'ratio', 'household', 'label', 'description']);

function flatParts(body: Body): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(body)) {
    if (structured.has(key) && typeof value === 'object' && value !== null) {
      for (const [inner, each] of Object.entries(value)) found.set(`${key}/${inner}`, each);
    } else found.set(key, value);
  }
  return found;
}

/** A code for a new definition: made of the English name, else the first number that is free. */
export function codeFor(kind: DefinitionKind, english: string, taken: ReadonlySet<string>): string {
  const base = english
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, CODE_LENGTH_MAX);
  if (base !== '' && !taken.has(base)) return base;
  const stem = base === '' ? kind.slice(0, -1) : base;
  let number = base === '' ? 1 : 2;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

const CODE_LENGTH_MAX = 40;
