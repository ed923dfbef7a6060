import { failures } from '#kernel';

export const kinds = failures('governance', {
  role_not_found: { status: 404, zh: '没有角色“{code}”', en: 'there is no role "{code}"' },
  role_code_fixed: {
    status: 400,
    zh: '角色代码不能修改（现为“{code}”）',
    en: 'the code of a role stays as it is ("{code}")',
  },
  role_exists: { status: 409, zh: '角色代码“{code}”已被使用', en: 'the role code "{code}" is taken' },
  roles_too_many: { status: 409, zh: '最多 {max} 个角色', en: 'at most {max} roles' },
  role_stale: {
    status: 409,
    zh: '这个角色刚被他人修改过（版本 {version}），请载入最新内容',
    en: 'somebody has just changed this role (version {version}); load the latest',
  },
  role_held: {
    status: 409,
    zh: '仍有 {holders} 人担任此角色，请先改派再删除',
    en: '{holders} people still hold this role; give them another one first',
  },
  role_of_oneself: {
    status: 403,
    zh: '您自己担任此角色，不能扩大它的权限，请由他人修改（扩大之处：{change}）',
    en: 'you hold this role yourself and cannot widen it; somebody else has to (it would be wider in: {change})',
  },
  role_duty_conflict: {
    status: 400,
    zh: '有 {holders} 人同时担任职责分离的角色（例如 {names}），不能改为此职责',
    en: '{holders} people hold roles that would be separated duties then (for example {names})',
  },
  user_not_found: { status: 404, zh: '没有此用户', en: 'there is no such user' },
  user_disabled: {
    status: 409,
    zh: '“{name}”已停用，看不到任何内容',
    en: '"{name}" is disabled and sees nothing',
  },
  person_out_of_reach: {
    status: 403,
    zh: '“{name}”不在您的管辖范围',
    en: '"{name}" is not among your people',
  },
  handover_to_oneself: {
    status: 400,
    zh: '接收人不能是移交人本人',
    en: 'nobody receives his own book',
  },
  handover_receiver_inactive: {
    status: 400,
    zh: '“{name}”已停用或没有经营客户的角色，不能接收',
    en: '"{name}" is disabled or has no role that looks after customers',
  },
  handover_receiver_twice: {
    status: 400,
    zh: '同一接收人在平均分配中只能出现一次',
    en: 'in an equal split a receiver is named once',
  },
  handover_key_missing: {
    status: 400,
    zh: '按机构或分层分配时，请为每个接收人选择机构或分层',
    en: 'by branch or tier, every receiver needs a branch or tier',
  },
  handover_key_twice: {
    status: 400,
    zh: '同一机构或分层只能交给一位接收人',
    en: 'a branch or tier goes to one receiver only',
  },
  handover_nothing: {
    status: 409,
    zh: '没有可移交的客户、待办或服务成员身份',
    en: 'there is nothing to hand over',
  },
  handover_changed: {
    status: 409,
    zh: '预览之后情况有变化（现有 {customers} 位客户、{tasks} 条待办），请重新预览后再移交',
    en: 'things have changed since the preview ({customers} customers and {tasks} tasks now); look again',
  },
  field_unknown: {
    status: 400,
    zh: '{entity}没有字段“{field}”',
    en: '{entity} has no field "{field}"',
  },
  record_not_found: {
    status: 404,
    zh: '没有这条{entity}记录，请检查编号',
    en: 'there is no such record of {entity}; check the id',
  },
});
