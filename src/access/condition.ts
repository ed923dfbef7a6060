import { aliased, compile, type Scope, type ScopeName } from '#expressions';
import { Failure } from '#kernel';
import { columnOf, type FieldTypeCode, type Model } from '#metadata';
import { kinds as failures } from './failures.ts';

/** Field types that a scope's condition may speak of: stored plainly and never secret to the database. */
const kinds: Partial<Record<FieldTypeCode, ScopeName['type']>> = {
  integer: 'number',
  money: 'number',
  percent: 'number',
  date: 'date',
  boolean: 'boolean',
  choice: 'text',
};

const known = new WeakMap<Model, Map<string, Scope>>();

/** The customer's fields as names of a condition over a row called `alias`. */
export function customerNames(model: Model, alias: string): Scope {
  const scopes = known.get(model) ?? new Map<string, Scope>();
  known.set(model, scopes);
  let scope = scopes.get(alias);
  if (!scope) {
    const entries: Record<string, ScopeName & { aliases: string[] }> = {};
    for (const field of model.entity('customer').fields) {
      const type = kinds[field.type];
      if (!type) continue;
      entries[field.code] = {
        type,
        sql: `${alias}."${columnOf(field)}"`,
        label: field.label,
        ...(field.options ? { options: field.options } : {}),
        aliases: [field.label.zh, field.label.en],
      };
    }
    scope = { names: aliased(entries) };
    scopes.set(alias, scope);
  }
  return scope;
}

/** Refuses a text that is no condition over the customer's fields; `place` is the path of the input that holds it. */
export function checkCondition(model: Model, text: string, place: string): void {
  try {
    compile(text, customerNames(model, 'customer'), 'boolean');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = { zh: error.text('zh'), en: error.text('en') };
    throw new Failure(failures.role_condition_wrong, { reason }, place);
  }
}
