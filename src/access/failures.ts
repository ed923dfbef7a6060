import { failures } from '#kernel';

export const kinds = failures('access', {
  role_unknown: {
    status: 400,
    zh: '没有角色“{role}”，可用：{roles}',
    en: 'there is no role "{role}"; available: {roles}',
  },
  role_entity_unknown: {
    status: 400,
    zh: '角色“{role}”提到了不存在的实体“{entity}”',
    en: 'the role "{role}" names an entity that does not exist: "{entity}"',
  },
  role_field_unknown: {
    status: 400,
    zh: '角色“{role}”提到了不存在的字段“{field}”，应写作 实体.字段',
    en: 'the role "{role}" names a field that does not exist: "{field}"; write entity.field',
  },
  role_wider_than_read: {
    status: 400,
    zh: '角色“{role}”对{entity}的“{action}”范围不能大于其查看范围',
    en: 'the role "{role}" may not {action} more of {entity} than it reads',
  },
  role_wider_than_customer: {
    status: 400,
    zh: '角色“{role}”可见的{entity}不能多于其可见的客户',
    en: 'the role "{role}" may not read more of {entity} than of the customers they belong to',
  },
  role_permission_unknown: {
    status: 400,
    zh: '角色“{role}”提到了不存在的操作权限“{permission}”',
    en: 'the role "{role}" names a permission that does not exist: "{permission}"',
  },
  role_permission_reserved: {
    status: 400,
    zh: '“{permission}”只能授予职责为“{duties}”的角色，“{role}”不是',
    en: '"{permission}" is for roles of the duty {duties}; "{role}" is none of them',
  },
  role_grants_rights: {
    status: 400,
    zh: '角色“{role}”不能分配角色或岗位：授权只属于安全管理职责',
    en: 'the role "{role}" may not assign roles or posts: granting rights is for security administration alone',
  },
  role_administrator_reads: {
    status: 400,
    zh: '角色“{role}”承担系统或安全管理职责，不能查看客户',
    en: 'the role "{role}" administers systems or rights and may not read customers',
  },
  role_condition_misplaced: {
    status: 400,
    zh: '角色“{role}”：条件只能用于客户及其所属数据，不能用于“{entity}”',
    en: 'the role "{role}" has a condition on "{entity}"; conditions are for customers and what belongs to them',
  },
  role_condition_wrong: { status: 400, zh: '条件有误。{reason}', en: 'the condition is wrong. {reason}' },
  member_not_owner: {
    status: 403,
    zh: '服务团队由客户经理及其主管维护，服务成员不能增减',
    en: "the service team is kept by the customer's manager and his superiors, not by its members",
  },
  belonging_not_owner: {
    status: 403,
    zh: '客户的归属与信息隔离由客户经理及其主管维护，服务成员不能修改',
    en: "whose a customer is and whether he is walled is for the customer's manager and his superiors, not for those who serve beside",
  },
  task_brings_in: {
    status: 403,
    zh: '该人员尚未服务此客户，只有客户经理及其主管可以向其分派待办',
    en: "this person does not serve the customer yet; only the customer's manager and his superiors may give such a person a task",
  },
  account_kind_fixed: {
    status: 409,
    zh: '账号类型在新建后不能修改，请新建账号',
    en: 'the kind of an account cannot be changed once it is made; make a new account',
  },
  delegation_out_of_reach: {
    status: 403,
    zh: '只能为自己管辖的人员设置代理',
    en: 'you may set delegations for your own people only',
  },
  delegation_duties: {
    status: 400,
    zh: '代理人的职责与被代理人的职责分离，请另选一位同事',
    en: 'the duties of the two are separated; choose another colleague to stand in',
  },
  post_end_needed: {
    status: 400,
    zh: '借调与代理岗位必须填写结束日期',
    en: 'a secondment or acting post needs its last day',
  },
  end_before_start: { status: 400, zh: '结束日期不能早于开始日期', en: 'the last day cannot be before the first' },
  delegation_to_self: { status: 400, zh: '代理人不能是本人', en: 'nobody can stand in for himself' },
  delegation_too_long: {
    status: 400,
    zh: '代理期最长 {days} 天，请缩短或到期续办',
    en: 'a delegation lasts at most {days} days; shorten it and renew it later',
  },
  delegation_not_own: {
    status: 403,
    zh: '只能为自己设置代理；为他人设置请由主管办理',
    en: 'you may delegate your own work only; ask a supervisor to do it for others',
  },
  self_grant: {
    status: 403,
    zh: '不能给自己增加角色，请由他人授权',
    en: 'you cannot give yourself a role; somebody else has to',
  },
  request_role_missing: {
    status: 500,
    zh: '数据库中缺少角色 {roles}，且当前数据库用户无权创建。请数据库管理员逐一执行：create role <角色> nologin; grant <角色> to <连接用户>;',
    en: "the database lacks the roles {roles} and the program may not create them. Let a database administrator run for each: create role <role> nologin; grant <role> to <the program's user>;",
  },
  duties_conflict: {
    status: 400,
    zh: '“{first}”与“{second}”职责分离，不能由同一人担任',
    en: '"{first}" and "{second}" are separated duties; one person cannot hold both',
  },
});
