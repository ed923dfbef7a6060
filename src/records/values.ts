import { Failure } from '#kernel';
import { type FieldDefinition, fieldKinds, fieldTypes } from '#metadata';

export { fieldKinds };

/** A JSON value from a client as the field's canonical column text; the kinds accepted are those that the field leaves as. */
export function accept(value: unknown, field: FieldDefinition): string | null {
  const type = fieldTypes[field.type];
  if (value === null || value === undefined) return null;
  const wrong = () => new Failure(fieldKinds.wrong_kind, { label: field.label, expected: type.json }, field.code);
  switch (type.json) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong();
      return String(value);
    case 'integer':
      if (typeof value !== 'number' && typeof value !== 'string') throw wrong();
      return type.parse(String(value), field);
    case 'strings':
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw wrong();
      return type.parse(value.join(','), field);
    case 'string':
      if (typeof value !== 'string') throw wrong();
      return type.parse(value, field);
    case 'any':
      return type.parse(JSON.stringify(value), field);
  }
}
