import { z } from 'zod';
import { addDays, type BusinessDate, type Text, type WorkCalendar } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, type Model } from '#metadata';
import { tradingDaysBack } from './calendars.ts';
import { code, type Definition, expression, invalidDefinition, oncePerModel, readDefinitions, text } from './pack.ts';

/** How a metric is written for people and stored. `percent` is in percent: 30 means 30 %. */
export type MetricUnit = 'money' | 'count' | 'days' | 'years' | 'percent' | 'date';

/** Days that a window may reach back; longer history asks for another kind of storage. */
export const WINDOW_DAYS_MAX = 400;
/** Days that the ledger is looked back by: five years and a day. */
const LEDGER_DAYS_MAX = 1_827;

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
  /** `days` are trading days of the institution's calendar: the last so many up to the business date, and what lies between them. */
  calendar: z.literal('trading').optional(),
  /** Instead of `days`: since the first of the month or the year, or since the first row there is. */
  window: z.enum(['month', 'year', 'ever']).optional(),
  /** For records: the date or time field that `days` and `last` go by. Facts go by their business date. */
  date: code.optional(),
});

/** A metric as a pack or a person writes it. */
export const metricSchema = z
  .strictObject({
    code,
    label: text,
    description: text.optional(),
    unit: z.enum(['money', 'count', 'days', 'years', 'percent', 'date']),
    /** Gathered from rows; stored. */
    measure: measure.optional(),
    /** Read from the AUM ledger: all assets, those of yesterday's closing or of so many days ago, or one product class; stored. */
    ledger: z
      .union([
        z.enum(['total', 'previous']),
        z.strictObject({ class: code }),
        z.strictObject({ days_ago: z.int().min(1).max(LEDGER_DAYS_MAX) }),
      ])
      .optional(),
    /** Calculated from other metrics, fields of the customer and `business_date` whenever it is read. */
    expression: expression.optional(),
    /** One metric in percent of another; nothing where that is 0. Calculated whenever it is read. */
    ratio: z.strictObject({ of: code, to: code }).optional(),
    /** A stored metric over all members of the customer's household, or of the customer alone who has none; read when asked. */
    household: z.strictObject({ function: z.enum(['sum', 'max', 'min', 'count']), of: code }).optional(),
  })
  .refine((metric) => FORMS.filter((form) => metric[form] !== undefined).length === 1, {
    message: 'needs exactly one of measure, ledger, expression, ratio, household',
  })
  .refine(({ ratio, unit }) => !ratio || unit === 'percent', { message: 'a ratio is in percent', path: ['unit'] });

const FORMS = ['measure', 'ledger', 'expression', 'ratio', 'household'] as const;

export type MeasureDefinition = z.output<typeof measure>;
export type MetricDefinition = Definition<z.output<typeof metricSchema>>;
type HouseholdDefinition = NonNullable<MetricDefinition['household']>;

/** The packs' metrics, checked against the entities. Throws a Failure that names file and metric. */
export const metrics = oncePerModel((model): MetricDefinition[] => {
  const found = readDefinitions(model, 'metrics', metricSchema).map(withCalculation);
  for (const metric of found) {
    if (metric.measure) checkMeasure(model, metric, metric.measure);
    if (metric.household) checkHousehold(metric, metric.household, found);
  }
  return found;
});

/** A ratio is the calculation that it says; a division by 0 gives nothing. */
function withCalculation(metric: MetricDefinition): MetricDefinition {
  const { ratio } = metric;
  return ratio ? { ...metric, expression: `${ratio.of} / ${ratio.to} * 100` } : metric;
}

/** Metrics that have a column of their own. */
export const storedMetrics = (model: Model) => metrics(model).filter(isStored);
export const isStored = (metric: MetricDefinition) => metric.measure !== undefined || metric.ledger !== undefined;

const LEDGER_ENTITIES = ['customer', 'account', 'holding', 'transaction'];

/** Entities whose rows decide what is computed of a customer: the ledger's own, and those that metrics gather. */
export const computedFrom = oncePerModel(
  (model): ReadonlySet<string> =>
    new Set([...LEDGER_ENTITIES, ...metrics(model).flatMap(({ measure }) => measure?.entity ?? [])]),
);

/** The first day that a measure counts on a business date; null for one that counts every day there is. */
export function windowStart(
  measure: Pick<MeasureDefinition, 'days' | 'calendar' | 'window'>,
  date: BusinessDate,
  calendar: WorkCalendar,
): BusinessDate | null {
  const { days, window } = measure;
  if (days !== undefined) {
    return measure.calendar === 'trading' ? tradingDaysBack(calendar, date, days) : addDays(date, 1 - days);
  }
  if (window === 'month') return `${date.slice(0, 7)}-01`;
  return window === 'year' ? `${date.slice(0, 4)}-01-01` : null;
}

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

/** Decimal places of a metric's column. */
export const columnPlaces = (unit: MetricUnit): number => Number(/,(\d+)\)$/.exec(columnTypes[unit])?.[1] ?? 0);

function checkMeasure(model: Model, metric: MetricDefinition, measure: MeasureDefinition): void {
  const refuse = (zh: string, en: string) => invalidDefinition(metric, 'measure', { zh, en });
  const entity = model.entity(measure.entity);
  if (entity.scope !== 'customer')
    throw refuse(`“${entity.label.zh}”不属于客户`, `${entity.code} does not belong to customers`);
  if ((measure.field === undefined) !== (measure.function === 'count')) {
    throw refuse('计数不用选字段，其他算法都要选一个字段', 'count takes no field, every other function needs one');
  }
  for (const used of [measure.field, measure.date]) {
    if (used && !fieldOf(entity, used))
      throw refuse(`“${entity.label.zh}”没有字段 ${used}`, `${entity.code} has no field ${used}`);
  }
  const fact = entity.storage === 'fact';
  const date = dateField(entity, measure);
  if (fact && measure.date) throw refuse('流水按业务日期统计，不另选日期字段', 'facts go by their business date');
  if (date && date.type !== 'date' && date.type !== 'datetime')
    throw refuse(`“${date.label.zh}”不是日期或时间`, `${date.code} is neither date nor time`);
  if (measure.days && measure.window) throw refuse('天数与期间只能选一种', 'has either days or a window');
  if (measure.calendar && !measure.days) throw refuse('按交易日计算时要给出天数', 'a calendar needs days');
  if (!date && (hasStart(measure) || measure.function === 'last'))
    throw refuse('限定期间或取最近一笔时，要选一个日期字段', 'a window and last need a date field');
  // All history is read for what new facts cannot extend, so somebody has to want it.
  if (fact && !measure.days && !measure.window && !carried(measure)) {
    throw refuse(
      '流水要限定期间；统计自开户以来的全部请选“自开户以来”',
      'facts without days or window allow min and max only; write window: ever for all of them',
    );
  }
  const numeric = measure.field && NUMERIC.has(fieldOf(entity, measure.field)!.type);
  if ((measure.function === 'sum' || measure.function === 'average') && !numeric) {
    throw refuse(`“${measure.field}”不是可以相加的数字`, `${measure.field} is no number to add up`);
  }
  const dated = measure.field !== undefined && DATED.has(fieldOf(entity, measure.field)!.type);
  if (['min', 'max', 'last'].includes(measure.function) && (metric.unit === 'date') !== dated) {
    throw refuse(
      metric.unit === 'date' ? `“${measure.field}”不是日期` : `“${measure.field}”是日期，单位应选日期`,
      metric.unit === 'date' ? `${measure.field} is no date` : `${measure.field} needs the unit date`,
    );
  }
  if (['min', 'max', 'last'].includes(measure.function) && !dated && !numeric) {
    throw refuse(`“${measure.field}”既不是数字也不是日期`, `${measure.field} is neither number nor date`);
  }
  if (['sum', 'count', 'average', 'distinct'].includes(measure.function) && metric.unit === 'date') {
    throw refuse('求和、计数与平均得不到日期，请换一个单位', `${measure.function} gives no date`);
  }
}

const NUMERIC = new Set(['integer', 'decimal', 'money', 'percent']);
const DATED = new Set(['date', 'datetime']);

function checkHousehold(
  metric: MetricDefinition,
  { function: call, of }: HouseholdDefinition,
  all: readonly MetricDefinition[],
): void {
  const refuse = (zh: string, en: string) => invalidDefinition(metric, 'household', { zh, en });
  const member = all.find(({ code }) => code === of);
  if (!member || !isStored(member))
    throw refuse(`“${of}”不是直接统计的指标，家庭汇总只能用直接统计的指标`, `${of} is no stored metric`);
  if (call === 'sum' && member.unit === 'date') throw refuse('日期不能相加', 'dates cannot be added up');
  if (call === 'count' ? metric.unit !== 'count' : metric.unit !== member.unit) {
    throw refuse(
      call === 'count' ? '计数的单位是“个数”' : `“${member.label.zh}”的单位是 ${member.unit}，两者要相同`,
      call === 'count' ? 'a count has the unit count' : `${of} has the unit ${member.unit}`,
    );
  }
}

/** Does the window begin on a certain day? */
const hasStart = ({ days, window }: MeasureDefinition) =>
  days !== undefined || (window !== undefined && window !== 'ever');

export function dateField(entity: EntityDefinition, measure: MeasureDefinition): FieldDefinition | undefined {
  return fieldOf(entity, entity.storage === 'fact' ? 'business_date' : (measure.date ?? ''));
}

/** Can yesterday's value and today's rows give today's value? */
export function carried(measure: MeasureDefinition): boolean {
  return !hasStart(measure) && (measure.function === 'min' || measure.function === 'max');
}
