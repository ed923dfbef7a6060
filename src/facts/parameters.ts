import { z } from 'zod';
import type { Queryable } from '#database';
import { Failure, type Text } from '#kernel';
import type { Model } from '#metadata';
import { kinds } from './failures.ts';
import { code, type Definition, decimalText, oncePerModel, readDefinitions, text } from './pack.ts';
import { dayStatement } from './statement.ts';

/** Number of the business: a threshold, a length in days, a share. Percentages are stored in percent: 30 means 30 %. */
export type ParameterType = 'money' | 'days' | 'count' | 'percent' | 'rates';

const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a currency code such as CNY');
const rates = z.record(currency, decimalText);

/** A parameter as a pack or a person writes it. */
export const parameterSchema = z
  .strictObject({
    code,
    label: text,
    description: text.optional(),
    type: z.enum(['money', 'days', 'count', 'percent', 'rates']),
    /** What people may set: not below, not above. */
    min: decimalText.optional(),
    max: decimalText.optional(),
    /** One value, or one for each currency in which an institution may keep its books. */
    value: z.union([decimalText, z.strictObject({ by_currency: z.record(currency, z.union([decimalText, rates])) })]),
  })
  .refine(({ type, value }) => type !== 'rates' || typeof value === 'object', 'rates are given by currency');

export type ParameterDefinition = Definition<z.output<typeof parameterSchema>>;
export type ParameterValue = string | Record<string, string>;

export const parameters = oncePerModel((model) => readDefinitions(model, 'parameters', parameterSchema));

export type ParameterValues = ReadonlyMap<string, ParameterValue>;

/** The value of every parameter by code: set for this institution, else of the packs for its currency, else absent. */
export async function parameterValues(db: Queryable, model: Model, currency: string): Promise<ParameterValues> {
  const { rows } = await db.query<{ code: string; value: unknown }>(
    dayStatement('select code, value from parameter', []),
  );
  const known = lastValues(model);
  const text = JSON.stringify([currency, rows]);
  if (known.text === text) return known.values;
  const own = new Map(rows.map((row) => [row.code, row.value]));
  const values = new Map(packParameters(model, currency));
  for (const parameter of parameters(model)) {
    if (own.has(parameter.code)) values.set(parameter.code, checkParameter(parameter, own.get(parameter.code)));
  }
  Object.assign(known, { text, values });
  return values;
}

/** The same rows give the same map: live facts ask one by one. */
const lastValues = oncePerModel((): { text: string; values: ParameterValues } => ({ text: '', values: new Map() }));

/** The values that the packs give, for books in a currency. */
export function packParameters(model: Model, currency: string): ParameterValues {
  return new Map(
    parameters(model).flatMap(({ code, value }) => {
      const found = typeof value === 'object' ? value.by_currency[currency] : value;
      return found === undefined ? [] : [[code, found] as const];
    }),
  );
}

/** A value that somebody set, as it is stored; throws a Failure when it does not fit the parameter's type. */
export function checkParameter(parameter: ParameterDefinition, value: unknown): ParameterValue {
  const result = (parameter.type === 'rates' ? rates : decimalText).safeParse(value);
  const whole = parameter.type === 'days' || parameter.type === 'count';
  const { min, max } = limitsOf(parameter);
  if (!result.success || (whole && !/^\d{1,9}$/.test(result.data as string))) {
    throw new Failure(kinds.parameter_invalid, {
      code: parameter.code,
      value: JSON.stringify(value),
      expected: expectations[parameter.type],
    });
  }
  if (typeof result.data === 'string' && (less(result.data, min) || less(max, result.data))) {
    throw new Failure(kinds.parameter_out_of_limits, { label: parameter.label, value: result.data, min, max }, 'value');
  }
  return result.data;
}

/** Amounts and counts are not negative, and a share is at most the whole, unless the definition says otherwise. */
export const limitsOf = ({ type, min, max }: Pick<ParameterDefinition, 'type' | 'min' | 'max'>) => ({
  min: min ?? '0',
  max: max ?? (type === 'percent' ? '100' : type === 'days' ? '36500' : '999999999999999'),
});

/** Are two decimal texts in this order? Both have at most six places, so they are compared as whole numbers. */
function less(a: string, b: string): boolean {
  return scaled(a) < scaled(b);
}

function scaled(text: string): bigint {
  const [whole, places = ''] = text.replace('-', '').split('.');
  const value = BigInt(`${whole}${places.padEnd(6, '0')}`);
  return text.startsWith('-') ? -value : value;
}

const expectations: Record<ParameterType, Text> = {
  money: { zh: '金额，例如 "5000000"', en: 'an amount, for example "5000000"' },
  days: { zh: '天数（非负整数）', en: 'a number of days' },
  count: { zh: '非负整数', en: 'a whole number, 0 or more' },
  percent: { zh: '百分数，30 表示 30 %', en: 'a percentage; 30 means 30 %' },
  rates: { zh: '各币种的汇率，例如 {"USD": "7.1"}', en: 'rates by currency, for example {"USD": "7.1"}' },
};
