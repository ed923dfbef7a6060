export { checkRole } from './check-role.ts';
export type { Context, Institution } from './context.ts';
export { classRight, type FieldRight, NOTHING, roleFieldDecision } from './field-rights.ts';
export { guardChange, guardWrite } from './guards.ts';
export { defaultInstitution, readInstitution } from './institution.ts';
export { maskedOutput } from './mask.ts';
export { maskText } from './mask-text.ts';
export { migrations } from './migrations.ts';
export { type Permission, permissionsByCode } from './permissions.ts';
export { fieldRight, fieldView, may, mayRead, mayWrite, permissionsOf } from './policy.ts';
export {
  ACTIONS,
  type Action,
  actionLabels,
  belongsToCustomer,
  DUTIES,
  type Duty,
  dutyLabels,
  type EntityGrant,
  type FieldRule,
  type FieldView,
  grantOf,
  type Role,
  roleSchema,
  SCOPES,
  type ScopeCode,
  scopeLabels,
  VIEWS,
  viewLabels,
} from './role.ts';
export { ACCESS_CHANNEL, readRoles } from './role-store.ts';
export { checkDuties, packRoles, roles, rolesVersion, setRoles } from './roles.ts';
export { actIn, actingOn, type Origin, REQUEST_ROLE, rowSecurityShape, secureRows, unmarked } from './row-security.ts';
export {
  customerCondition,
  peopleCondition,
  reachCondition,
  type Scope,
  scopeCondition,
  scopeOf,
  wallCondition,
  withScope,
} from './scope.ts';
