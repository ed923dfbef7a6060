import { z } from 'zod';
import type { Text } from '#kernel';
import { type EntityDefinition, MASK_CODES } from '#metadata';

/** How far a role reaches over customers and what belongs to them, from nobody's to everybody's. */
export const SCOPES = ['none', 'own', 'team', 'branch', 'branch_and_below', 'all'] as const;
export type ScopeCode = (typeof SCOPES)[number];

/** What is done with the rows of an entity. */
export const ACTIONS = ['read', 'create', 'update', 'export'] as const;
export type Action = (typeof ACTIONS)[number];

/** Administration is split in three, so that nobody can open a door, walk through it and wipe the traces (等保 2.0, 三员分立). */
export const DUTIES = ['business', 'control', 'system', 'security', 'audit'] as const;
export type Duty = (typeof DUTIES)[number];

export const scopeLabels: Record<ScopeCode, Text> = {
  none: { zh: '无', en: 'none' },
  own: { zh: '本人', en: 'own' },
  team: { zh: '本团队', en: 'team' },
  branch: { zh: '本机构', en: 'branch' },
  branch_and_below: { zh: '本机构及下级', en: 'branch and below' },
  all: { zh: '全部', en: 'all' },
};

export const actionLabels: Record<Action, Text> = {
  read: { zh: '查看', en: 'read' },
  create: { zh: '新建', en: 'create' },
  update: { zh: '修改', en: 'change' },
  export: { zh: '导出', en: 'export' },
};

export const dutyLabels: Record<Duty, Text> = {
  business: { zh: '业务', en: 'business' },
  control: { zh: '内控', en: 'control' },
  system: { zh: '系统管理', en: 'system administration' },
  security: { zh: '安全管理', en: 'security administration' },
  audit: { zh: '审计', en: 'audit' },
};

/** How an actor sees a field. */
export const VIEWS = ['hidden', 'masked', 'clear'] as const;
export type FieldView = (typeof VIEWS)[number];

export const viewLabels: Record<FieldView, Text> = {
  hidden: { zh: '不可见', en: 'hidden' },
  masked: { zh: '脱敏', en: 'masked' },
  clear: { zh: '明文', en: 'clear' },
};

const text = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const scope = z.enum(SCOPES);
const grants = z.strictObject({
  read: scope.optional(),
  create: scope.optional(),
  update: scope.optional(),
  export: scope.optional(),
  /** FEEL condition over the customer's fields that narrows every scope above. */
  where: z.string().min(1).max(400).optional(),
});
/** What a role may do with the rows of one entity. */
export type EntityGrant = z.output<typeof grants>;

const fieldRule = z
  .strictObject({
    field: z
      .string()
      .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'a field is written entity.field')
      .optional(),
    mask: z.enum(MASK_CODES).optional(),
    level: z.int().min(1).max(5).optional(),
    see: z.enum(VIEWS),
    edit: z.boolean().optional(),
    export: z.boolean().optional(),
    filter: z.boolean().optional(),
  })
  .refine((rule) => [rule.field, rule.mask, rule.level].filter((part) => part !== undefined).length === 1, {
    message: 'a field rule names one of field, mask and level',
  });
export type FieldRule = z.output<typeof fieldRule>;

export const roleSchema = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, 'a code is lower-case letters, digits and _, 2 to 40'),
  label: text,
  description: text,
  duty: z.enum(DUTIES),
  /** A deputy receives it while he stands in. */
  delegable: z.boolean().default(false),
  /** `required`: nobody signs in to it with a password alone. */
  second_factor: z.enum(['required', 'recommended']).optional(),
  permissions: z.array(z.string().regex(/^[a-z_]+\.[a-z_]+$/)).max(100),
  entities: z.record(z.string(), grants),
  fields: z.array(fieldRule).max(500),
});
export type Role = z.output<typeof roleSchema>;

/** Entities whose rows belong to a customer, the customer himself among them. */
export function belongsToCustomer(entity: EntityDefinition): boolean {
  return entity.scope === 'customer' || entity.code === 'customer' || entity.code === 'household';
}

/** What a role says about an entity; the more exact name wins as a whole. */
export function grantOf(role: Role, entity: EntityDefinition): EntityGrant {
  return role.entities[entity.code] ?? role.entities[belongsToCustomer(entity) ? '@customer' : '*'] ?? {};
}
