export type { Context, Institution } from './context.ts';
export { guardWrite } from './guards.ts';
export { defaultInstitution, readInstitution } from './institution.ts';
export { maskedOutput } from './mask.ts';
export { maskText } from './mask-text.ts';
export { migrations } from './migrations.ts';
export { type FieldRight, fieldRight, fieldView, may, mayRead, mayWrite, permissionsOf } from './policy.ts';
export { readRoles } from './role-store.ts';
export {
  type Action,
  belongsToCustomer,
  checkDuties,
  checkRole,
  type FieldView,
  grantOf,
  packRoles,
  type Role,
  roleSchema,
  roles,
  rolesVersion,
  setRoles,
} from './roles.ts';
export { type Origin, prologues, REQUEST_ROLE, secureRows, settingsOf } from './row-security.ts';
export {
  customerCondition,
  reachCondition,
  type Scope,
  scopeCondition,
  scopeOf,
  wallCondition,
  withScope,
} from './scope.ts';
