import {
  ACTIONS,
  type Action,
  actionLabels,
  belongsToCustomer,
  classRight,
  DUTIES,
  dutyLabels,
  type FieldRight,
  grantOf,
  permissionsByCode,
  type Role,
  roleFieldDecision,
  SCOPES,
  type ScopeCode,
  scopeLabels,
  VIEWS,
  viewLabels,
} from '#access';
import type { Text } from '#kernel';
import { type EntityDefinition, type FieldDefinition, MASK_CODES, type MaskCode, type Model } from '#metadata';

/** What a role gives of one entity. */
export interface EntityRight {
  scopes: Record<Action, ScopeCode>;
  where: string | null;
  /** Which line of the role says so; null where none does. */
  by: 'entity' | '@customer' | '*' | null;
}

/** What a role gives of one field, and which of its rules, or without any the field's class, says so. */
export interface RoleFieldRight extends FieldRight {
  by: 'field' | 'mask' | 'level' | 'class';
}

/** All that a role gives, worked out by the functions that decide: entities by code, fields by `entity.field`. */
export interface RoleRights {
  entities: Record<string, EntityRight>;
  fields: Record<string, RoleFieldRight>;
}

export function rightsOf(model: Model, role: Role): RoleRights {
  const rights: RoleRights = { entities: {}, fields: {} };
  for (const entity of model.entities) {
    rights.entities[entity.code] = entityRight(role, entity);
    for (const field of ownFields(entity)) {
      const { rule, right } = roleFieldDecision(role, entity, field);
      const by = rule === null ? 'class' : rule.field ? 'field' : rule.mask ? 'mask' : 'level';
      rights.fields[`${entity.code}.${field.code}`] = { ...right, by };
    }
  }
  return rights;
}

function entityRight(role: Role, entity: EntityDefinition): EntityRight {
  const grant = grantOf(role, entity);
  const group = belongsToCustomer(entity) ? '@customer' : '*';
  return {
    scopes: Object.fromEntries(ACTIONS.map((action) => [action, grant[action] ?? 'none'])) as Record<Action, ScopeCode>,
    where: grant.where ?? null,
    by: role.entities[entity.code] ? 'entity' : role.entities[group] ? group : null,
  };
}

/** Search helpers follow the field that they are made of. */
export function ownFields(entity: EntityDefinition): FieldDefinition[] {
  return entity.fields.filter((field) => !field.derive);
}

export const maskLabels: Record<MaskCode, Text> = {
  person_name: { zh: '姓名', en: 'names' },
  phone: { zh: '电话', en: 'phone numbers' },
  id_number: { zh: '证件号码', en: 'ID numbers' },
  email: { zh: '电子邮箱', en: 'e-mail addresses' },
  address: { zh: '地址', en: 'addresses' },
  tail4: { zh: '账号卡号（尾号）', en: 'account and card numbers' },
  amount: { zh: '金额', en: 'amounts' },
  year: { zh: '日期（仅年份）', en: 'dates (year only)' },
  full: { zh: '全部隐去', en: 'shown to nobody' },
};

/** Everything that a role can be made of, for the page that makes roles: derived from the definitions, for every entity and field. */
export function roleVocabulary(model: Model) {
  return {
    duties: DUTIES.map((code) => ({ code, label: dutyLabels[code] })),
    scopes: SCOPES.map((code) => ({ code, label: scopeLabels[code] })),
    actions: ACTIONS.map((code) => ({ code, label: actionLabels[code] })),
    views: VIEWS.map((code) => ({ code, label: viewLabels[code] })),
    masks: MASK_CODES.map((code) => ({ code, label: maskLabels[code] })),
    permissions: [...permissionsByCode(model).values()],
    entities: model.entities.map((entity) => ({
      code: entity.code,
      label: entity.label,
      group: belongsToCustomer(entity) ? ('@customer' as const) : ('*' as const),
      write: entity.write,
      fields: ownFields(entity).map((field) => ({
        code: field.code,
        label: field.label,
        class: field.class,
        level: field.level,
        mask: field.mask ?? null,
        encrypted: field.encrypted ?? false,
        computed: field.computed ?? false,
        byClass: classRight(field),
      })),
    })),
  };
}
