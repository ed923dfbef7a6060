import { type FieldRight, type FieldView, fieldRight, fieldView, maskedOutput, NOTHING } from '#access';
import { ident, raw, type Sql } from '#database';
import type { Actor, Language } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  fieldTypes,
  type ListField,
  type Model,
  maskedColumn,
} from '#metadata';
import { tokenSql } from '#vault';
import { salterOf } from './sealing.ts';

/** A field as one actor sees it. */
export interface VisibleField {
  entity: EntityDefinition;
  field: FieldDefinition;
  view: Exclude<FieldView, 'hidden'>;
  /** What gives the value where no column of the entity holds it. */
  gathered?: ListField;
}

/** The fields of an entity that an actor may see, clear or masked. */
export function visibleFields(model: Model, actor: Actor, entity: EntityDefinition): VisibleField[] {
  return entity.fields.flatMap((field) => seenField(model, actor, entity, field) ?? []);
}

/** One of them by its code; undefined where there is none or he may not see it. */
export function visibleField(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  code: string,
): VisibleField | undefined {
  const field = fieldOf(entity, code);
  return field && seenField(model, actor, entity, field);
}

function seenField(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  field: FieldDefinition,
): VisibleField | undefined {
  if (field.derive) return undefined; // serves the search only
  const view = fieldView(model, actor, entity, field);
  return view === 'hidden' ? undefined : { entity, field, view };
}

/** What lists of the entity offer besides its fields, each with what the actor may do with it. */
export function listFieldRights(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
): { gathered: ListField; right: FieldRight }[] {
  return (model.listFields?.(model, entity) ?? []).map((gathered) => {
    if (!gathered.follows) return { gathered, right: fieldRight(model, actor, entity, gathered.field) };
    const right = fieldRight(model, actor, entity, fieldOf(entity, gathered.follows)!);
    return { gathered, right: right.see === 'clear' ? { ...right, edit: false } : NOTHING };
  });
}

/** The values gathered from elsewhere that an actor may see in lists of the entity; with `right`, only those with that right. */
export function gatheredFields(model: Model, actor: Actor, entity: EntityDefinition, right?: 'export'): VisibleField[] {
  return listFieldRights(model, actor, entity).flatMap(({ gathered, right: held }): VisibleField[] =>
    gathered.value && held.see !== 'hidden' && (!right || held[right])
      ? [{ entity, field: gathered.field, view: held.see, gathered }]
      : [],
  );
}

/** SQL of a text in the reader's language, where both are kept; see `bilingual` of a field. */
export function textIn(language: Language, place: string, code: string, alias: string): string {
  const column = `${alias}.${ident(code).sql}`;
  if (language === 'zh') return column;
  const [field, ...path] = place.split('.');
  const json = [`${alias}.${ident(field!).sql}`, ...path.map((step) => `'${step}'`)].join('->');
  return `case when ${json}->'zh'->>'${code}' = ${column} then coalesce(${json}->'${language}'->>'${code}', ${column}) else ${column} end`;
}

/**
 * The field of row `alias` as a JSON-ready value; masks are applied here, before any JSON exists. A sealed field comes as it was
 * masked when written or, for who sees it clear, as a token: an answer made of this goes through `unseal` before it leaves.
 */
export function outputValue(
  model: Model,
  actor: Actor,
  { entity, field, view, gathered }: VisibleField,
  alias: string,
  language: Language = 'zh',
): string {
  if (gathered) return fieldTypes[field.type].output(gathered.value!(alias));
  const column = `${alias}.${ident(columnOf(field)).sql}`;
  if (field.encrypted) {
    if (view === 'masked') return `${alias}.${ident(maskedColumn(field)).sql}`;
    const place = { entity: entity.code, column: columnOf(field), rowId: `${alias}.id`, value: column };
    return tokenSql({ ...place, customerId: salterOf(entity, alias) });
  }
  if (view === 'masked') return maskedOutput(field.mask!, column);
  if (field.type === 'ref') return reference(model, actor, field, column);
  if (field.bilingual) return textIn(language, field.bilingual, columnOf(field), alias);
  return fieldTypes[field.type].output(column);
}

/** A reference as {id, label}; the label is the pointed row's title, masked where the actor may not see it. */
function reference(model: Model, actor: Actor, field: FieldDefinition, column: string): string {
  const target = model.entity(field.ref!);
  // Where the id alone is the key, `limit` would only make the planner read through small tables to the first hit.
  const limit = target.scope === 'customer' ? ' limit 1' : '';
  return `(select json_build_object('id', ${column}::text, 'label', ${titleOf(model, actor, target, 'ref')}) from ${ident(target.code).sql} ref where ref.id = ${column}${limit})`;
}

/** SQL of the text that names a row of the entity to this actor. */
export function titleOf(model: Model, actor: Actor, entity: EntityDefinition, alias: string): string {
  const field = fieldOf(entity, entity.title)!;
  const column = `${alias}.${ident(columnOf(field)).sql}`;
  const view = fieldView(model, actor, entity, field);
  if (view === 'clear') return field.type === 'ref' ? `${column}::text` : column;
  return view === 'masked' ? maskedOutput(field.mask!, column) : 'null::text';
}

/** Select list of one row in a language: id, the given fields, and the version where asked. */
export function selectList(
  model: Model,
  actor: Actor,
  fields: VisibleField[],
  alias: string,
  extra: string[] = [],
  language: Language = 'zh',
): Sql {
  const columns = outputColumns(model, actor, fields, alias, language).map(
    ([code, value]) => `${value} as ${ident(code).sql}`,
  );
  return raw([...columns, ...extra].join(', '));
}

/** The id and the given fields of a row: name in JSON and SQL of the value. */
export function outputColumns(
  model: Model,
  actor: Actor,
  fields: VisibleField[],
  alias: string,
  language: Language = 'zh',
): (readonly [code: string, value: string])[] {
  return [
    ['id', `${alias}.id::text`],
    ...fields.map((field) => [field.field.code, outputValue(model, actor, field, alias, language)] as const),
  ];
}
