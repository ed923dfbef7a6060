export type { Context, Institution } from './context.ts';
export { defaultInstitution, readInstitution } from './institution.ts';
export { maskedOutput } from './mask.ts';
export { migrations } from './migrations.ts';
export {
  type FieldView,
  fieldView,
  mayRead,
  mayWrite,
  permissionsOf,
  type Role,
  roles,
  type Scope,
  scopeOf,
} from './policy.ts';
export { customerCondition, scopeCondition } from './scope.ts';
