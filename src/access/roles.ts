import { Failure, type Text } from '#kernel';
import { fieldOf, type Model, originOf } from '#metadata';
import { checkRole } from './check-role.ts';
import { kinds } from './failures.ts';
import { type Duty, type Role, roleSchema } from './role.ts';

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

/** Kept by the packs' model: what business people define beside roles makes new models of it, and the roles stay. */
function bookOf(model: Model): RoleBook {
  const origin = originOf(model);
  let book = books.get(origin);
  if (!book) {
    book = { version: 1, roles: packRoles(origin) };
    for (const role of book.roles.values()) checkRole(origin, role);
    books.set(origin, book);
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

/** Fields whose choices are the roles. */
const ROLE_FIELDS = [
  ['user', 'roles'],
  ['post', 'role'],
] as const;

/**
 * Puts roles in force over those of the packs, in this process and from this moment: people can be given them at once. Where they
 * are those in force already, nothing that was derived from them is forgotten.
 */
export function setRoles(model: Model, changed: readonly Role[]): void {
  const book = bookOf(model);
  const next = packRoles(model);
  for (const role of changed) next.set(role.code, role);
  if (JSON.stringify([...next.values()]) === JSON.stringify([...book.roles.values()])) return;
  books.set(originOf(model), { version: book.version + 1, roles: next });
  for (const [entity, code] of ROLE_FIELDS) {
    const field = fieldOf(model.entity(entity), code);
    if (field) field.options = [...next.values()].map(({ code, label }) => ({ code, label }));
  }
}

/** Refuses a person holding two of the separated duties; `codes` are all roles of his posts, `among` the roles in force. */
export function checkDuties(
  model: Model,
  codes: readonly string[],
  among: ReadonlyMap<string, Role> = roles(model),
): void {
  const held = new Map<Duty, Text>();
  for (const code of codes) {
    const role = among.get(code);
    if (!role) throw new Failure(kinds.role_unknown, { role: code, roles: [...among.keys()].join(', ') }, 'roles');
    held.set(role.duty, role.label);
  }
  const separate = (['system', 'security', 'audit'] as const).filter((duty) => held.has(duty));
  if (separate.length === 0 || held.size === 1) return;
  const [first, second] = [...held.values()];
  throw new Failure(kinds.duties_conflict, { first, second }, 'roles');
}
