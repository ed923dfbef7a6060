import { addDays, type BusinessDate, dateIn, Failure, isDate } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldKinds, fieldOf, type Model, recordId } from '#metadata';
import { acceptValue } from '#records';
import { eventKinds } from './failures.ts';
import { type EventItem, type Pointer, pointerShape } from './item.ts';

/** An event whose values have passed; its references are still names. */
export interface CheckedEvent {
  item: EventItem;
  entity: EntityDefinition;
  /** Id of the fact: the same as a file of the source gives it. */
  id: string;
  /** Null for a deletion that says no time. */
  date: BusinessDate | null;
  /** Canonical text by field code; references are put in when they are known. */
  values: Map<string, string | null>;
  references: EventReference[];
}

export interface EventReference {
  field: FieldDefinition;
  /** Code of the entity that is pointed at. */
  entity: string;
  source: string;
  /** Null where the row was named by our id. */
  key: string | null;
  id: string;
}

/** What items are checked against. */
export interface EventRules {
  model: Model;
  /** IANA zone in which the institution's days begin and end. */
  zone: string;
  now: Date;
}

/** Clocks of sources may be ahead of ours across midnight. */
const AHEAD_DAYS_MAX = 1;
const FIRST_DATE = '1900-01-01';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/** The kinds of facts that events may bring. */
export function factsOf(model: Model): EntityDefinition[] {
  return model.entities.filter(({ storage }) => storage === 'fact');
}

/** The fields that an event states, all of them each time: what it leaves out is empty. */
export function statedFields(entity: EntityDefinition): FieldDefinition[] {
  return entity.fields.filter((field) => !field.derive && !field.computed && !field.encrypted);
}

/** Checks one item by the definition of its fact. Throws a Failure that names the field and the remedy. */
export function checkItem({ model, zone, now }: EventRules, item: EventItem): CheckedEvent {
  const entity = factsOf(model).find(({ code }) => code === item.type);
  if (!entity) {
    const types = factsOf(model).map(({ code }) => code);
    throw new Failure(eventKinds.type_unknown, { type: item.type, types: types.join(', ') }, 'type');
  }
  const id = recordId(entity.code, item.source, item.id);
  if (item.operation === 'delete') {
    return { item, entity, id, date: null, values: new Map(), references: [] };
  }
  const checked: CheckedEvent = { item, entity, id, date: null, values: new Map(), references: [] };
  if (!item.customer) throw new Failure(eventKinds.customer_missing, {}, 'customer');
  checked.references.push(referenceOf(fieldOf(entity, 'customer')!, item.customer, item.source));
  readTime(checked, zone, now);
  for (const [code, value] of Object.entries(item.data)) readValue(checked, code, value);
  for (const field of statedFields(entity)) {
    const given =
      (checked.values.get(field.code) ?? null) !== null || checked.references.some((each) => each.field === field);
    if (field.required && !given) {
      throw new Failure(eventKinds.field_missing, { label: field.label, field: field.code }, `data.${field.code}`);
    }
  }
  return checked;
}

/** The business date and, where the fact has one, the instant; `data` may say either by itself. */
function readTime(checked: CheckedEvent, zone: string, now: Date): void {
  const { item, entity, values } = checked;
  const { business_date: stated } = item.data;
  if (item.time !== undefined) {
    if (isDate(item.time)) {
      checked.date = item.time;
    } else {
      const instant = INSTANT.test(item.time) && isDate(item.time.slice(0, 10)) ? new Date(item.time) : undefined;
      if (!instant || Number.isNaN(instant.getTime())) {
        throw new Failure(eventKinds.time_unreadable, { time: item.time }, 'time');
      }
      checked.date = dateIn(zone, instant);
      if (fieldOf(entity, 'at')) values.set('at', instant.toISOString());
    }
  }
  if (typeof stated === 'string' && isDate(stated)) checked.date = stated;
  if (checked.date === null) throw new Failure(eventKinds.time_missing, {}, 'time');
  const to = addDays(dateIn(zone, now), AHEAD_DAYS_MAX);
  if (checked.date < FIRST_DATE || checked.date > to) {
    throw new Failure(eventKinds.time_out_of_range, { date: checked.date, from: FIRST_DATE, to }, 'time');
  }
  values.set('business_date', checked.date);
}

function readValue({ item, entity, values, references }: CheckedEvent, code: string, value: unknown): void {
  const field = fieldOf(entity, code);
  const stated = statedFields(entity);
  if (!field || !stated.includes(field) || code === 'customer') {
    const fields = stated.map((each) => each.code).filter((each) => each !== 'customer');
    throw new Failure(
      eventKinds.field_unknown,
      { entity: entity.label, field: code, fields: fields.join(', ') },
      `data.${code}`,
    );
  }
  if (value === null || value === undefined) return;
  if (field.ref) {
    const read = pointerShape.safeParse(value);
    if (!read.success) throw new Failure(eventKinds.reference_unreadable, { label: field.label }, `data.${code}`);
    const pointer = typeof read.data === 'string' ? { key: read.data } : read.data;
    references.push(referenceOf(field, pointer, item.source));
    return;
  }
  try {
    values.set(code, acceptValue(value, field));
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.kind, error.params, `data.${code}`);
    throw error;
  }
  if (field.required && values.get(code) === null) {
    throw new Failure(fieldKinds.required, { label: field.label }, `data.${code}`);
  }
}

function referenceOf(field: FieldDefinition, pointer: Pointer, source: string): EventReference {
  const entity = field.ref!;
  if (pointer.id !== undefined) return { field, entity, source, key: null, id: pointer.id };
  const system = pointer.source ?? source;
  return { field, entity, source: system, key: pointer.key!, id: recordId(entity, system, pointer.key!) };
}
