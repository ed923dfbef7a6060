import { ident } from '#database';
import type { FieldTypeCode, ListField, Model } from '#metadata';
import { metricValue } from './metric-calculation.ts';
import { isStored, type MetricUnit, metrics } from './metric-definition.ts';
import { oncePerModel } from './pack.ts';

const types: Record<MetricUnit, FieldTypeCode> = {
  money: 'money',
  count: 'integer',
  days: 'integer',
  years: 'integer',
  percent: 'percent',
  date: 'date',
};

/** The zone matters to times alone, and calculated metrics are made of numbers and dates. */
const ANY_ZONE = 'UTC';

/** The code under which a metric stands among the fields of the customer list: `metric_aum` is not the field `aum`. */
export const metricField = (code: string) => `metric_${code}`;

/** What the list of customers offers of their metrics, for those who see the customer's assets: metrics are made of them. */
export const metricListFields = oncePerModel((model): ListField[] =>
  metrics(model).flatMap((metric): ListField[] => {
    const { code, label, unit, description } = metric;
    const field: ListField['field'] = {
      code: metricField(code),
      label,
      type: types[unit],
      class: 'C2',
      level: 3,
      ...(description ? { help: description } : {}),
    };
    if (isStored(metric)) return [{ field, follows: 'aum', ...storedPlace(code) }];
    const place = calculatedPlace(model, code);
    return place ? [{ field, follows: 'aum', ...place }] : [];
  }),
);

function storedPlace(code: string): Pick<ListField, 'value' | 'joined'> {
  const column = ident(code).sql;
  return {
    value: (alias) => `(select m.${column} from customer_metric m where m.customer_id = ${alias}.id)`,
    joined: {
      name: 'metric',
      join: (alias) => `left join customer_metric metric on metric.customer_id = ${alias}.id`,
      value: `metric.${column}`,
    },
  };
}

/** Undefined for a calculation with values of its own, which a text cannot carry. */
function calculatedPlace(model: Model, code: string): Pick<ListField, 'value' | 'joined'> | undefined {
  if (metricValue(model, ANY_ZONE, code, 't').values.length > 0) return undefined;
  const value = (alias: string) => metricValue(model, ANY_ZONE, code, alias).text;
  const name = ident(metricField(code)).sql;
  return {
    value,
    joined: {
      name,
      join: (alias) => `left join lateral (select ${value(alias)} as value) ${name} on true`,
      value: `${name}.value`,
    },
  };
}
