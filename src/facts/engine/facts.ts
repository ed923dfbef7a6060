import { dateIn, dayNumber } from '#kernel';
import { type EntityDefinition, fieldOf } from '#metadata';
import { isDated } from './buckets.ts';
import type { Cells } from './history.ts';
import { conditionOf } from './layout.ts';
import type { Engine } from './store.ts';
import { converted, type Units, unitsOf } from './units.ts';

/** What one fact gives to the accumulators of its entity, from its values in canonical column text. */
export type FactReader = (values: readonly (string | null)[]) => Cells;

/**
 * Reads facts in memory as `dayBuckets` reads them in the database. `columns` are the field codes of the values, `offset` the place of
 * the first of them in a row.
 */
export function factReader(
  { model, standing, conversion }: Engine,
  entity: EntityDefinition,
  columns: readonly string[],
  offset: number,
): FactReader {
  const place = (code: string) => {
    const index = columns.indexOf(code);
    return index < 0 ? -1 : index + offset;
  };
  const accumulators = standing.layout.accumulators.flatMap((each, index) =>
    each.entity === entity.code ? [{ ...each, index }] : [],
  );
  // Accumulators that share a condition ask it once.
  const texts = [...new Set(accumulators.map(({ where }) => where))];
  const conditions = texts.map((where) => conditionOf(model, { entity: entity.code, where }));
  const names = [...new Set(conditions.flatMap((condition) => condition?.names ?? []))].map((code) => ({
    code,
    at: place(code),
    read: cellReader(fieldOf(entity, code)!.type),
  }));
  const day = place('business_date');
  const readers = accumulators.map(({ gathering, field, places, where, index }) => {
    const condition = texts.indexOf(where);
    if (gathering === 'first_day' || gathering === 'last_day') {
      return { index, condition, read: (row: Values) => dayNumber(row[day]!) };
    }
    if (field === null) return { index, condition, read: () => 1 };
    const read = unitReader({ model, standing, conversion }, entity, field, places, place);
    return { index, condition, read: gathering === 'count' ? counted(read) : read };
  });
  const held: boolean[] = [];
  return (row) => {
    const named: Record<string, unknown> = {};
    for (const { code, at, read } of names) named[code] = at < 0 ? null : read(row[at] ?? null);
    for (let index = 0; index < conditions.length; index += 1) {
      const condition = conditions[index];
      held[index] = condition === undefined || condition.evaluate(named, conversion.expressions) === true;
    }
    const cells: Cells = [];
    for (const { index, condition, read } of readers) {
      if (!held[condition]) continue;
      const value = read(row);
      if (value !== null) cells[index] = value;
    }
    return cells;
  };
}

type Values = readonly (string | null)[];

const counted = (read: (row: Values) => Units | null) => (row: Values) => (read(row) === null ? null : 1);

/** How a value in column text stands in a row of expressions. */
function cellReader(type: string): (text: string | null) => unknown {
  if (type === 'boolean') return (text) => (text === null ? null : text === 'true' || text === 't');
  if (type === 'choices') return (text) => (text === null ? null : text.slice(1, -1).split(',').filter(Boolean));
  return (text) => text;
}

function unitReader(
  { model, conversion }: Engine,
  entity: EntityDefinition,
  code: string,
  places: number,
  place: (code: string) => number,
): (row: Values) => Units | null {
  const at = place(code);
  const text = (row: Values) => (at < 0 ? null : (row[at] ?? null));
  if (isDated(model, entity.code, code)) {
    const { zone } = conversion.expressions;
    const isTime = fieldOf(entity, code)!.type === 'datetime';
    return (row) => {
      const value = text(row);
      return value === null ? null : dayNumber(isTime ? dateIn(zone!, new Date(value)) : value);
    };
  }
  const currency = fieldOf(entity, code)!.type === 'money' && fieldOf(entity, 'currency') ? place('currency') : -1;
  const { rates } = conversion;
  return (row) => {
    const value = text(row);
    if (value === null) return null;
    const units = unitsOf(value, places);
    const theirs = currency < 0 ? null : (row[currency] ?? null);
    if (theirs === null || theirs === conversion.currency) return units;
    const rate = rates[theirs];
    return rate === undefined ? null : converted(units, rate);
  };
}
