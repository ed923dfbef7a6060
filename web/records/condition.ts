/** Conditions over a row, calculated here as the server would. Loaded on demand: the language is heavier than any page. */
import { aliased, clockNames, compile, type Scope } from '#expressions';
import { dateIn } from '#kernel';
import type { Entity, FieldType } from '../api/types.ts';
import { isReference } from './reference.ts';

type NameType = 'number' | 'text' | 'date' | 'datetime' | 'boolean' | 'texts';

const types: Record<FieldType, NameType | undefined> = {
  text: 'text',
  long_text: 'text',
  integer: 'number',
  decimal: 'number',
  money: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'datetime',
  boolean: 'boolean',
  choice: 'text',
  choices: 'texts',
  ref: 'text',
  refs: undefined,
  phone: 'text',
  email: 'text',
  id_number: 'text',
  uscc: 'text',
  text_list: 'texts',
  json: undefined,
};

const scopes = new WeakMap<Entity, Scope>();

function scopeOf(entity: Entity): Scope {
  let scope = scopes.get(entity);
  if (!scope) {
    scope = {
      names: {
        ...clockNames,
        ...aliased(
          Object.fromEntries(
            entity.fields.flatMap((field) => {
              const type = types[field.type];
              const options = field.options && field.options.length > 0 ? { options: field.options } : {};
              return type ? [[field.code, { type, aliases: [field.label.zh, field.label.en], ...options }]] : [];
            }),
          ),
        ),
      },
    };
    scopes.set(entity, scope);
  }
  return scope;
}

/** What an expression reads: ids for references, nothing for what is empty. */
function readable(value: unknown): unknown {
  if (isReference(value)) return value.id;
  return value === '' || value === undefined ? null : value;
}

/**
 * Whether a condition holds for the values of a row or of a form. One that cannot be calculated (of a half-typed number, say)
 * holds: the server has the last word.
 */
export function holds(entity: Entity, condition: string, values: Readonly<Record<string, unknown>>): boolean {
  try {
    const row = Object.fromEntries(Object.entries(values).map(([code, value]) => [code, readable(value)]));
    return compile(condition, scopeOf(entity), 'boolean').evaluate(row) === true;
  } catch {
    return true;
  }
}

/** Whether a warning of the packs applies to the values of a form on this day; not while it cannot be calculated. */
export function warns(
  entity: Entity,
  condition: string,
  values: Readonly<Record<string, unknown>>,
  { now, zone }: { now: Date; zone: string },
): boolean {
  try {
    const row = Object.fromEntries(entity.fields.map(({ code }) => [code, readable(values[code])]));
    const context = { values: { today: dateIn(zone, now), now: now.toISOString() } };
    return compile(condition, scopeOf(entity), 'boolean').evaluate(row, context) === true;
  } catch {
    return false;
  }
}
