import { z } from 'zod';
import type { Text } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, type Model } from '#metadata';
import { code, type Definition, expression, invalidDefinition, oncePerModel, readDefinitions, text } from './pack.ts';

/** How a metric is written for people and stored. `percent` is in percent: 30 means 30 %. */
export type MetricUnit = 'money' | 'count' | 'days' | 'years' | 'percent' | 'date';

/** Days that a window may reach back; longer history asks for another kind of storage. */
const WINDOW_DAYS_MAX = 400;

const measure = z.strictObject({
  /** `sum`, `average`, `min`, `max`, `distinct` of a field; `count` of rows; `last`: the field's value in the newest row. */
  function: z.enum(['sum', 'count', 'average', 'min', 'max', 'distinct', 'last']),
  /** A fact or a record of customers. */
  entity: code,
  field: code.optional(),
  /** Which rows count: an expression over the entity's fields, parameters and `business_date`. */
  where: expression.optional(),
  /** The business date and the days before it: 1 is today alone, 30 is today and 29 days before. */
  days: z.int().min(1).max(WINDOW_DAYS_MAX).optional(),
  /** For records: the date or time field that `days` and `last` go by. Facts go by their business date. */
  date: code.optional(),
});

const definition = z
  .strictObject({
    code,
    label: text,
    description: text.optional(),
    unit: z.enum(['money', 'count', 'days', 'years', 'percent', 'date']),
    /** Gathered from rows; stored. */
    measure: measure.optional(),
    /** Read from the AUM ledger: all assets, those of yesterday's closing, or one product class; stored. */
    ledger: z.union([z.enum(['total', 'previous']), z.strictObject({ class: code })]).optional(),
    /** Calculated from other metrics, fields of the customer and `business_date` whenever it is read. */
    expression: expression.optional(),
  })
  .refine(({ measure, ledger, expression }) => [measure, ledger, expression].filter(Boolean).length === 1, {
    message: 'needs exactly one of measure, ledger, expression',
  });

export type MeasureDefinition = z.output<typeof measure>;
export type MetricDefinition = Definition<z.output<typeof definition>>;

/** The packs' metrics, checked against the entities. Throws a Failure that names file and metric. */
export const metrics = oncePerModel((model): MetricDefinition[] => {
  const found = readDefinitions(model, 'metrics', definition);
  for (const metric of found) if (metric.measure) checkMeasure(model, metric, metric.measure);
  return found;
});

/** Metrics that have a column of their own. */
export const storedMetrics = (model: Model) => metrics(model).filter((metric) => metric.expression === undefined);

export function metricDescriptions(model: Model): { code: string; label: Text; unit: MetricUnit }[] {
  return metrics(model).map(({ code, label, unit }) => ({ code, label, unit }));
}

/** Column type by unit. Amounts keep two places whatever they are made of. */
export const columnTypes: Record<MetricUnit, string> = {
  money: 'numeric(20,2)',
  count: 'bigint',
  days: 'integer',
  years: 'integer',
  percent: 'numeric(12,4)',
  date: 'date',
};

function checkMeasure(model: Model, metric: MetricDefinition, measure: MeasureDefinition): void {
  const refuse = (reason: string) => invalidDefinition(metric, 'measure', reason);
  const entity = model.entity(measure.entity);
  if (entity.scope !== 'customer') throw refuse(`${entity.code} does not belong to customers`);
  if ((measure.field === undefined) !== (measure.function === 'count')) {
    throw refuse('count takes no field, every other function needs one');
  }
  for (const used of [measure.field, measure.date]) {
    if (used && !fieldOf(entity, used)) throw refuse(`${entity.code} has no field ${used}`);
  }
  const fact = entity.storage === 'fact';
  const date = dateField(entity, measure);
  if (fact && measure.date) throw refuse('facts go by their business date');
  if (date && date.type !== 'date' && date.type !== 'datetime') throw refuse(`${date.code} is neither date nor time`);
  if (!date && (measure.days || measure.function === 'last')) throw refuse('days and last need a date field');
  // Without a window only what new facts can extend is kept: the rest would read all history every day.
  if (fact && !measure.days && !carried(measure)) throw refuse('facts without days allow min, max and last only');
}

export function dateField(entity: EntityDefinition, measure: MeasureDefinition): FieldDefinition | undefined {
  return fieldOf(entity, entity.storage === 'fact' ? 'business_date' : (measure.date ?? ''));
}

/** Can yesterday's value and today's rows give today's value? */
export function carried(measure: MeasureDefinition): boolean {
  return measure.days === undefined && (measure.function === 'min' || measure.function === 'max');
}
