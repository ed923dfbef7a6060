import { z } from 'zod';
import { Failure, type Text } from '#kernel';
import { type EntityDefinition, MASK_CODES, type Model } from '#metadata';
import { kinds } from './failures.ts';

/** How far a role reaches over customers and what belongs to them, from nobody's to everybody's. */
export const SCOPES = ['none', 'own', 'team', 'branch', 'branch_and_below', 'all'] as const;
export type ScopeCode = (typeof SCOPES)[number];

/** What is done with the rows of an entity. */
export const ACTIONS = ['read', 'create', 'update', 'export'] as const;
export type Action = (typeof ACTIONS)[number];

/** Administration is split in three, so that nobody can open a door, walk through it and wipe the traces (等保 2.0, 三员分立). */
export const DUTIES = ['business', 'control', 'system', 'security', 'audit'] as const;
export type Duty = (typeof DUTIES)[number];

/** How an actor sees a field. */
export const VIEWS = ['hidden', 'masked', 'clear'] as const;
export type FieldView = (typeof VIEWS)[number];

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

/** The roles in force: those of the packs, with what the institution changed over them. */
interface RoleBook {
  /** Grows with every change, so that what was derived from older roles is not used again. */
  version: number;
  roles: Map<string, Role>;
}

const books = new WeakMap<Model, RoleBook>();

/** Roles as the packs ship them. */
export function packRoles(model: Model): Map<string, Role> {
  return new Map(model.data('roles').map(({ value }) => [value.code as string, roleSchema.parse(value)]));
}

function bookOf(model: Model): RoleBook {
  let book = books.get(model);
  if (!book) {
    book = { version: 1, roles: packRoles(model) };
    for (const role of book.roles.values()) checkRole(model, role);
    books.set(model, book);
  }
  return book;
}

/** The roles in force by code. */
export function roles(model: Model): ReadonlyMap<string, Role> {
  return bookOf(model).roles;
}

export function rolesVersion(model: Model): number {
  return bookOf(model).version;
}

/** Puts other roles in force, in this process and from this moment. */
export function setRoles(model: Model, changed: readonly Role[]): void {
  const book = bookOf(model);
  const next = packRoles(model);
  for (const role of changed) next.set(role.code, role);
  books.set(model, { version: book.version + 1, roles: next });
}

/** Entities whose rows belong to a customer, the customer himself among them. */
export function belongsToCustomer(entity: EntityDefinition): boolean {
  return entity.scope === 'customer' || entity.code === 'customer' || entity.code === 'household';
}

/** What a role says about an entity; the more exact name wins as a whole. */
export function grantOf(role: Role, entity: EntityDefinition): EntityGrant {
  return role.entities[entity.code] ?? role.entities[belongsToCustomer(entity) ? '@customer' : '*'] ?? {};
}

/** Refuses a role that names what is not there or opens more of a customer's things than of the customer. */
export function checkRole(model: Model, role: Role): void {
  const known = new Set(model.entities.map((entity) => entity.code));
  for (const code of Object.keys(role.entities)) {
    if (code !== '*' && code !== '@customer' && !known.has(code)) {
      throw new Failure(kinds.role_entity_unknown, { role: role.label, entity: code }, `entities.${code}`);
    }
  }
  for (const rule of role.fields) {
    if (!rule.field) continue;
    const [entity, field] = rule.field.split('.') as [string, string];
    if (!known.has(entity) || !model.entity(entity).fields.some(({ code }) => code === field)) {
      throw new Failure(kinds.role_field_unknown, { role: role.label, field: rule.field }, 'fields');
    }
  }
  const customer = grantOf(role, model.entity('customer'));
  for (const entity of model.entities.filter(belongsToCustomer)) {
    const grant = grantOf(role, entity);
    for (const action of ACTIONS) {
      const scope = grant[action] ?? 'none';
      if (SCOPES.indexOf(scope) > SCOPES.indexOf(grant.read ?? 'none')) {
        throw new Failure(
          kinds.role_wider_than_read,
          { role: role.label, entity: entity.label, action },
          `entities.${entity.code}`,
        );
      }
    }
    if (SCOPES.indexOf(grant.read ?? 'none') > SCOPES.indexOf(customer.read ?? 'none')) {
      throw new Failure(
        kinds.role_wider_than_customer,
        { role: role.label, entity: entity.label },
        `entities.${entity.code}`,
      );
    }
  }
}

/** Refuses a person holding two of the separated duties; `codes` are all roles of his posts. */
export function checkDuties(model: Model, codes: readonly string[]): void {
  const held = new Map<Duty, Text>();
  for (const code of codes) {
    const role = roles(model).get(code);
    if (!role)
      throw new Failure(kinds.role_unknown, { role: code, roles: [...roles(model).keys()].join(', ') }, 'roles');
    held.set(role.duty, role.label);
  }
  const separate = (['system', 'security', 'audit'] as const).filter((duty) => held.has(duty));
  if (separate.length === 0 || held.size === 1) return;
  const [first, second] = [...held.values()];
  throw new Failure(kinds.duties_conflict, { first, second }, 'roles');
}
