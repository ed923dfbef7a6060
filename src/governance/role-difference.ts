import {
  ACTIONS,
  actionLabels,
  dutyLabels,
  permissionsByCode,
  type Role,
  SCOPES,
  scopeLabels,
  VIEWS,
  viewLabels,
} from '#access';
import type { Text } from '#kernel';
import type { Model } from '#metadata';
import { type EntityRight, ownFields, type RoleFieldRight, rightsOf } from './role-rights.ts';

/** One thing that a draft of a role changes, in words. */
export interface RoleChange {
  part: 'property' | 'permission' | 'scope' | 'condition' | 'field';
  label: Text;
  before: Text;
  after: Text;
  /** Somebody who holds the role could see or do more than before. */
  wider: boolean;
}

const both = (zh: string, en = zh): Text => ({ zh, en });
const yesNo = (is: boolean) => (is ? both('是', 'yes') : both('否', 'no'));
const NONE = both('—');

/** What changes for those who hold the role, worked out from what both give. */
export function differenceOf(model: Model, before: Role, after: Role): RoleChange[] {
  const [old, next] = [rightsOf(model, before), rightsOf(model, after)];
  return [
    ...propertyChanges(before, after),
    ...permissionChanges(model, before, after),
    ...model.entities.flatMap((entity) => {
      const [was, is] = [old.entities[entity.code]!, next.entities[entity.code]!];
      // Field rights count only where rows are read.
      const fields = ownFields(entity).flatMap((field) => {
        const name = `${entity.code}.${field.code}`;
        const label = both(`${entity.label.zh} · ${field.label.zh}`, `${entity.label.en} · ${field.label.en}`);
        return fieldChange(label, old.fields[name]!, next.fields[name]!);
      });
      return [...scopeChanges(entity.label, was, is), ...(is.scopes.read === 'none' ? [] : fields)];
    }),
  ];
}

function propertyChanges(before: Role, after: Role): RoleChange[] {
  const changes: RoleChange[] = [];
  const add = (label: Text, was: Text, is: Text, wider: boolean) => {
    if (was.zh !== is.zh || was.en !== is.en) changes.push({ part: 'property', label, before: was, after: is, wider });
  };
  add(both('名称', 'name'), before.label, after.label, false);
  add(both('说明', 'description'), before.description, after.description, false);
  add(both('职责', 'duty'), dutyLabels[before.duty], dutyLabels[after.duty], true);
  add(both('可代理', 'delegable'), yesNo(before.delegable), yesNo(after.delegable), after.delegable);
  const factor = (role: Role) =>
    role.second_factor === 'required'
      ? both('必须', 'required')
      : role.second_factor === 'recommended'
        ? both('建议', 'recommended')
        : NONE;
  add(both('第二因素', 'second factor'), factor(before), factor(after), before.second_factor === 'required');
  return changes;
}

function permissionChanges(model: Model, before: Role, after: Role): RoleChange[] {
  const change = (code: string, gained: boolean): RoleChange => ({
    part: 'permission',
    label: permissionsByCode(model).get(code)?.label ?? both(code),
    before: yesNo(!gained),
    after: yesNo(gained),
    wider: gained,
  });
  return [
    ...after.permissions.filter((code) => !before.permissions.includes(code)).map((code) => change(code, true)),
    ...before.permissions.filter((code) => !after.permissions.includes(code)).map((code) => change(code, false)),
  ];
}

function scopeChanges(entity: Text, before: EntityRight, after: EntityRight): RoleChange[] {
  const changes: RoleChange[] = ACTIONS.flatMap((action) => {
    const [was, is] = [before.scopes[action], after.scopes[action]];
    if (was === is) return [];
    const label = both(`${entity.zh} · ${actionLabels[action].zh}`, `${entity.en} · ${actionLabels[action].en}`);
    const wider = SCOPES.indexOf(is) > SCOPES.indexOf(was);
    return [{ part: 'scope', label, before: scopeLabels[was], after: scopeLabels[is], wider }];
  });
  if (before.where !== after.where && ACTIONS.some((action) => after.scopes[action] !== 'none')) {
    changes.push({
      part: 'condition',
      label: both(`${entity.zh} · 条件`, `${entity.en} · condition`),
      before: both(before.where ?? '—'),
      after: both(after.where ?? '—'),
      // Of two conditions nobody can tell which lets more through; only a new one where none was is surely narrower.
      wider: before.where !== null,
    });
  }
  return changes;
}

const acts = ['edit', 'export', 'filter'] as const;
const actWords: Record<(typeof acts)[number], Text> = {
  edit: { zh: '编辑', en: 'edit' },
  export: { zh: '导出', en: 'export' },
  filter: { zh: '筛选', en: 'filter' },
};

function fieldChange(label: Text, before: RoleFieldRight, after: RoleFieldRight): RoleChange[] {
  const changed = before.see !== after.see || acts.some((act) => before[act] !== after[act]);
  if (!changed) return [];
  const words = (right: RoleFieldRight): Text => {
    const given = acts.filter((act) => right[act]).map((act) => actWords[act]);
    return both(
      [viewLabels[right.see].zh, ...given.map(({ zh }) => zh)].join('、'),
      [viewLabels[right.see].en, ...given.map(({ en }) => en)].join(', '),
    );
  };
  const wider = VIEWS.indexOf(after.see) > VIEWS.indexOf(before.see) || acts.some((act) => after[act] && !before[act]);
  return [{ part: 'field', label, before: words(before), after: words(after), wider }];
}

/** A bulk export of sensitive values by this many people is worth a second thought. */
const EXPORTERS_WARNED = 10;
/** JR/T 0197-2020: from this level on, disclosure harms the person concerned. */
const SENSITIVE_LEVEL = 3;

/** What somebody should think about before he saves; nothing of it is forbidden. */
export function warningsOf(model: Model, before: Role, after: Role, holders: number): Text[] {
  const [old, next] = [rightsOf(model, before), rightsOf(model, after)];
  const warnings: Text[] = [];
  const gains = (test: (entity: string, field: string) => boolean) =>
    model.entities.flatMap((entity) =>
      ownFields(entity).filter((field) => field.level >= SENSITIVE_LEVEL && test(entity.code, field.code)),
    );
  const exported = gains(
    (entity, field) =>
      next.entities[entity]!.scopes.export !== 'none' &&
      next.fields[`${entity}.${field}`]!.export &&
      next.fields[`${entity}.${field}`]!.see === 'clear' &&
      !(old.entities[entity]!.scopes.export !== 'none' && old.fields[`${entity}.${field}`]!.export),
  );
  if (exported.length > 0 && holders > EXPORTERS_WARNED) {
    warnings.push(
      both(
        `${holders} 人将可明文导出 ${exported.length} 个敏感字段（${SENSITIVE_LEVEL} 级及以上）`,
        `${holders} people could export ${exported.length} sensitive fields (level ${SENSITIVE_LEVEL} and above) in clear`,
      ),
    );
  }
  const opened = gains(
    (entity, field) =>
      next.entities[entity]!.scopes.read === 'all' &&
      next.fields[`${entity}.${field}`]!.see === 'clear' &&
      !(old.entities[entity]!.scopes.read === 'all' && old.fields[`${entity}.${field}`]!.see === 'clear'),
  );
  if (opened.length > 0) {
    warnings.push(
      both(
        `${opened.length} 个敏感字段将对全部客户明文可见`,
        `${opened.length} sensitive fields would be clear for all customers`,
      ),
    );
  }
  if (after.duty !== before.duty) {
    warnings.push(
      both(
        '职责改变：系统、安全、审计三种职责不能由同一人兼任，也不能与业务、内控兼任',
        'the duty changes: system, security and audit are held by different people, apart from business and control',
      ),
    );
  }
  if (after.permissions.includes('walls.cross') && !before.permissions.includes('walls.cross')) {
    warnings.push(both('将可见全部已设信息隔离的客户', 'all walled customers would be seen'));
  }
  if (before.second_factor === 'required' && after.second_factor !== 'required') {
    warnings.push(both('不再要求第二因素登录', 'a second factor is no longer asked for'));
  }
  return warnings;
}

/** Before and after for the audit: what differs, and only that. */
export function auditDifference(before: Role | null, after: Role | null) {
  const parts = ['label', 'description', 'duty', 'delegable', 'second_factor', 'permissions', 'entities'] as const;
  const told = (role: Role | null, other: Role | null) => {
    if (!role) return null;
    const changed = parts.filter((part) => JSON.stringify(role[part]) !== JSON.stringify(other?.[part]));
    const rules = new Set(other?.fields.map((rule) => JSON.stringify(rule)));
    const fields = role.fields.filter((rule) => !rules.has(JSON.stringify(rule)));
    return {
      ...Object.fromEntries(changed.map((part) => [part, role[part]])),
      ...(fields.length > 0 ? { fields } : {}),
    };
  };
  return { before: told(before, after), after: told(after, before) };
}
