import { Failure, type Text } from '#kernel';
import { fieldOf, type Model } from '#metadata';
import { checkCondition } from './condition.ts';
import { kinds } from './failures.ts';
import { roleFieldDecision } from './field-rights.ts';
import { permissionsByCode } from './permissions.ts';
import { ACTIONS, belongsToCustomer, type Duty, dutyLabels, grantOf, type Role, SCOPES } from './role.ts';

/** Refuses a role that names what is not there or opens more of a customer's things than of the customer. */
export function checkRole(model: Model, role: Role): void {
  const known = new Set(model.entities.map((entity) => entity.code));
  for (const [code, { where }] of Object.entries(role.entities)) {
    if (code !== '*' && code !== '@customer' && !known.has(code)) {
      throw new Failure(kinds.role_entity_unknown, { role: role.label, entity: code }, `entities.${code}`);
    }
    if (where === undefined) continue;
    if (code === '*' || (code !== '@customer' && !belongsToCustomer(model.entity(code)))) {
      throw new Failure(kinds.role_condition_misplaced, { role: role.label, entity: code }, `entities.${code}.where`);
    }
    checkCondition(model, where, `entities.${code}.where`);
  }
  for (const rule of role.fields) {
    if (!rule.field) continue;
    const [entity, field] = rule.field.split('.') as [string, string];
    if (!known.has(entity) || !model.entity(entity).fields.some(({ code }) => code === field)) {
      throw new Failure(kinds.role_field_unknown, { role: role.label, field: rule.field }, 'fields');
    }
  }
  for (const code of role.permissions) {
    const permission = permissionsByCode(model).get(code);
    if (!permission)
      throw new Failure(kinds.role_permission_unknown, { role: role.label, permission: code }, 'permissions');
    if (permission.duties && !permission.duties.includes(role.duty)) {
      throw new Failure(
        kinds.role_permission_reserved,
        { role: role.label, permission: permission.label, duties: dutiesText(permission.duties) },
        'permissions',
      );
    }
  }
  checkSeparation(model, role);
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

function dutiesText(duties: readonly string[]): Text {
  const labels = duties.map((duty) => dutyLabels[duty as Duty]);
  return { zh: labels.map(({ zh }) => zh).join('、'), en: labels.map(({ en }) => en).join(', ') };
}

/** Who grants rights is the security administrator alone, and who keeps systems or rights sees no customer. */
function checkSeparation(model: Model, role: Role): void {
  const writes = (code: string) => {
    const grant = grantOf(role, model.entity(code));
    return (grant.create ?? 'none') !== 'none' || (grant.update ?? 'none') !== 'none';
  };
  if (role.duty !== 'security' && writes('post')) {
    throw new Failure(kinds.role_grants_rights, { role: role.label }, 'entities.post');
  }
  const given = fieldOf(model.entity('user'), 'roles')!;
  if (role.duty !== 'security' && writes('user') && roleFieldDecision(role, model.entity('user'), given).right.edit) {
    throw new Failure(kinds.role_grants_rights, { role: role.label }, 'fields');
  }
  const reads = (grantOf(role, model.entity('customer')).read ?? 'none') !== 'none';
  if (reads && (role.duty === 'security' || role.duty === 'system')) {
    throw new Failure(kinds.role_administrator_reads, { role: role.label }, 'entities.customer');
  }
}
