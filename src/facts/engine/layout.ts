import type { Expression } from '#expressions';
import { type FieldDefinition, fieldOf, type Model } from '#metadata';
import { type MeasureDefinition, type MetricDefinition, metrics } from '../metric-definition.ts';
import { measureWords } from '../metric-scope.ts';
import { oncePerModel } from '../pack.ts';
import { compilePackText } from '../pack-expression.ts';
import type { Gathering } from './history.ts';

/** What is kept of a customer's facts for each day: one for every distinct (entity, function, field, condition), whatever the window. */
export interface Accumulator {
  entity: string;
  gathering: Gathering;
  /** Null for a count of rows. */
  field: string | null;
  where: string | null;
  /** Decimal places of the field's units; dates are day numbers. */
  places: number;
  /** Windows that are read from it: what decides how long its days are kept. */
  windows: Window[];
}

/** `days` and `trading` go back so many days from the business date, which counts itself; the others begin with the calendar, or never. */
export type Window = { kind: 'days' | 'trading'; days: number } | { kind: 'month' | 'year' | 'ever' };

export function windowOf({ days, calendar, window }: MeasureDefinition): Window {
  if (days !== undefined) return { kind: calendar === 'trading' ? 'trading' : 'days', days };
  return { kind: window ?? 'ever' };
}

/** A metric as it is read: the accumulator of its value, and of the number of values for an average. */
export interface Reading {
  metric: MetricDefinition;
  measure: MeasureDefinition;
  window: Window;
  value: number;
  count?: number;
}

/** What the history holds, and how metrics are read from it. */
export interface Layout {
  accumulators: readonly Accumulator[];
  readings: readonly Reading[];
}

/** What the definitions of a model ask the history to hold. */
export const layoutOf = oncePerModel((model): Layout => {
  const accumulators: Accumulator[] = [];
  const readings = held(model).map((metric) => readingOf(model, metric, accumulators));
  return { accumulators, readings };
});

/** Metrics that the history answers; the others are read from rows. */
export const held = oncePerModel((model) => metrics(model).filter((metric) => isHeld(model, metric)));

const GATHERED: ReadonlySet<MeasureDefinition['function']> = new Set(['sum', 'count', 'average', 'min', 'max']);

function isHeld(model: Model, metric: MetricDefinition): boolean {
  const { measure } = metric;
  if (!measure || !GATHERED.has(measure.function)) return false;
  const entity = model.entity(measure.entity);
  if (entity.storage !== 'fact') return false;
  if (measure.field && placesOf(fieldOf(entity, measure.field)!) === undefined) return false;
  // A condition that moves with the date would give a day another value tomorrow.
  return !conditionOf(model, measure)?.constants.includes('business_date');
}

/** Decimal places of a field's units; undefined for types that are not gathered. */
function placesOf({ type, scale }: FieldDefinition): number | undefined {
  if (type === 'integer' || type === 'date' || type === 'datetime') return 0;
  if (type === 'money') return scale ?? 2;
  return type === 'decimal' || type === 'percent' ? (scale ?? 4) : undefined;
}

/** The condition of a measure or accumulator over rows `t` of its entity; undefined where all rows count. */
export function conditionOf(
  model: Model,
  { entity, where }: { entity: string; where?: string | null | undefined },
): Expression | undefined {
  if (where === undefined || where === null) return undefined;
  const owner = { file: 'metrics', code: entity };
  return compilePackText(owner, 'measure/where', where, measureWords(model, model.entity(entity)).scope, 'boolean');
}

function readingOf(model: Model, metric: MetricDefinition, accumulators: Accumulator[]): Reading {
  const measure = metric.measure!;
  const { entity, function: call } = measure;
  const window = windowOf(measure);
  const field = measure.field ?? null;
  const need = (gathering: Gathering): number => {
    const places = field === null ? 0 : placesOf(fieldOf(model.entity(entity), field)!)!;
    const wanted: Accumulator = { entity, gathering, field, where: measure.where ?? null, places, windows: [] };
    let index = accumulators.findIndex((each) => same(each, wanted));
    if (index < 0) index = accumulators.push(wanted) - 1;
    const { windows } = accumulators[index]!;
    if (!windows.some((each) => covers(each, window))) windows.push(window);
    return index;
  };
  if (call === 'average') return { metric, measure, window, value: need('sum'), count: need('count') };
  const onDay = field === 'business_date' && (call === 'min' || call === 'max');
  const gathering = onDay ? (call === 'min' ? 'first_day' : 'last_day') : (call as 'sum' | 'count' | 'min' | 'max');
  return { metric, measure, window, value: need(gathering) };
}

const same = (a: Accumulator, b: Accumulator) =>
  a.entity === b.entity && a.gathering === b.gathering && a.field === b.field && a.where === b.where;

const MONTH_DAYS_MAX = 31;
const YEAR_DAYS_MAX = 366;

/** Are the days that a window needs always among those of another? */
function covers(kept: Window, wanted: Window): boolean {
  if (kept.kind === wanted.kind) {
    return !('days' in kept) || !('days' in wanted) || kept.days >= wanted.days;
  }
  if (kept.kind === 'days' && wanted.kind === 'month') return kept.days >= MONTH_DAYS_MAX;
  if (kept.kind === 'days' && wanted.kind === 'year') return kept.days >= YEAR_DAYS_MAX;
  return kept.kind === 'trading' && wanted.kind === 'days' && kept.days >= wanted.days;
}

/**
 * The metrics of a model, or one of them, read from a history that was built for `kept`: all accumulators are there and reach back far
 * enough. Null when the history must be built anew.
 */
export function fitted(model: Model, kept: readonly Accumulator[], code?: string): Layout | null {
  const wanted = layoutOf(model);
  const readings: Reading[] = [];
  for (const reading of wanted.readings) {
    if (code !== undefined && reading.metric.code !== code) continue;
    const place = (index: number) => placeIn(kept, wanted.accumulators[index]!, reading.window);
    const value = place(reading.value);
    const count = reading.count === undefined ? undefined : place(reading.count);
    if (value < 0 || (count !== undefined && count < 0)) return null;
    readings.push({ ...reading, value, ...(count === undefined ? {} : { count }) });
  }
  return { accumulators: kept, readings };
}

/** Where an accumulator is kept that holds the days of a window; -1 for nowhere. */
const placeIn = (kept: readonly Accumulator[], wanted: Accumulator, window: Window): number =>
  kept.findIndex(
    (other) =>
      same(wanted, other) && wanted.places === other.places && other.windows.some((known) => covers(known, window)),
  );
