import type { EntityDefinition, FieldDefinition } from '#metadata';
import type { FieldRule, FieldView, Role } from './role.ts';

/** What an actor may do with a field. */
export interface FieldRight {
  see: FieldView;
  edit: boolean;
  /** Leaves with exports as it is seen; without it the column is left out of them. */
  export: boolean;
  /** Filter, sort, search and group by it. Never without seeing it clear. */
  filter: boolean;
}

export const NOTHING: FieldRight = { see: 'hidden', edit: false, export: false, filter: false };
export const WHOLE: FieldRight = { see: 'clear', edit: true, export: true, filter: true };

/** Fields up to this level are open to whoever reads the row (JR/T 0197-2020: level 2 is internal). */
const OPEN_LEVEL_MAX = 2;

/** What holds for a field where no role says anything: as secret as its class. */
export function classRight(field: FieldDefinition): FieldRight {
  if (field.mask === 'full') return NOTHING;
  if (field.mask) return { see: 'masked', edit: false, export: true, filter: false };
  return field.level <= OPEN_LEVEL_MAX ? WHOLE : NOTHING;
}

/** The rule of a role for a field, the more exact first. A level speaks for fields without a mask only. */
function ruleFor(role: Role, entity: EntityDefinition, field: FieldDefinition): FieldRule | undefined {
  const name = `${entity.code}.${field.code}`;
  return (
    role.fields.find((rule) => rule.field === name) ??
    (field.mask
      ? role.fields.find((rule) => rule.mask === field.mask)
      : role.fields.find((rule) => rule.level === field.level))
  );
}

/** What one role gives of a field, and by what: its rule for the field, the mask or the level, or without any the field's class. */
export function roleFieldDecision(
  role: Role,
  entity: EntityDefinition,
  field: FieldDefinition,
): { rule: FieldRule | null; right: FieldRight } {
  const rule = ruleFor(role, entity, field);
  if (!rule) return { rule: null, right: classRight(field) };
  const see = rule.see === 'masked' && !field.mask ? 'hidden' : rule.see;
  const right = {
    see,
    edit: (rule.edit ?? false) && see !== 'hidden',
    export: (rule.export ?? see === 'masked') && see !== 'hidden',
    filter: (rule.filter ?? false) && see === 'clear',
  };
  return { rule, right };
}
