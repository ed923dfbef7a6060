import { type FieldView, fieldView, maskedOutput } from '#access';
import { ident, raw, type Sql } from '#database';
import type { Actor } from '#kernel';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf, fieldTypes, type Model } from '#metadata';

/** A field as one actor sees it. */
export interface VisibleField {
  field: FieldDefinition;
  view: Exclude<FieldView, 'hidden'>;
}

/** The fields of an entity that an actor may see, clear or masked. */
export function visibleFields(model: Model, actor: Actor, entity: EntityDefinition): VisibleField[] {
  return entity.fields.flatMap((field) => {
    if (field.derive) return []; // serves the search only
    const view = fieldView(model, actor, entity, field);
    return view === 'hidden' ? [] : [{ field, view }];
  });
}

/** The field of row `alias` as a JSON-ready value; masks are applied here, before any JSON exists. */
export function outputValue(model: Model, actor: Actor, { field, view }: VisibleField, alias: string): string {
  const column = `${alias}.${ident(columnOf(field)).sql}`;
  if (view === 'masked') return maskedOutput(field.mask!, column);
  if (field.type === 'ref') return reference(model, actor, field, column);
  return fieldTypes[field.type].output(column);
}

/** A reference as {id, label}; the label is the pointed row's title, masked where the actor may not see it. */
function reference(model: Model, actor: Actor, field: FieldDefinition, column: string): string {
  const target = model.entity(field.ref!);
  return `(select json_build_object('id', ${column}::text, 'label', ${titleOf(model, actor, target, 'ref')}) from ${ident(target.code).sql} ref where ref.id = ${column} limit 1)`;
}

/** SQL of the text that names a row of the entity to this actor. */
export function titleOf(model: Model, actor: Actor, entity: EntityDefinition, alias: string): string {
  const field = fieldOf(entity, entity.title)!;
  const column = `${alias}.${ident(columnOf(field)).sql}`;
  const view = fieldView(model, actor, entity, field);
  if (view === 'clear') return field.type === 'ref' ? `${column}::text` : column;
  return view === 'masked' ? maskedOutput(field.mask!, column) : 'null::text';
}

/** Select list of one row: id, the given fields, and the version where asked. */
export function selectList(
  model: Model,
  actor: Actor,
  fields: VisibleField[],
  alias: string,
  extra: string[] = [],
): Sql {
  const columns = [
    `${alias}.id::text as id`,
    ...fields.map((field) => `${outputValue(model, actor, field, alias)} as ${ident(field.field.code).sql}`),
    ...extra,
  ];
  return raw(columns.join(', '));
}
