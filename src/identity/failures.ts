import { failures } from '#kernel';

export const kinds = failures('identity', {
  refused: { status: 401, zh: '用户名或密码不正确', en: 'the username or password is wrong' },
  too_many: {
    status: 429,
    zh: '登录失败次数过多，请 {minutes} 分钟后再试，或联系管理员重置密码',
    en: 'too many failed sign-ins; try again in {minutes} minutes or ask an administrator to reset the password',
  },
  password_length: {
    status: 422,
    zh: '密码长度须为 {min} 到 {max} 个字符',
    en: 'a password has {min} to {max} characters',
  },
  password_common: {
    status: 422,
    zh: '密码过于常见或与用户名相同，请换一个',
    en: 'this password is too common or repeats the username; choose another',
  },
  username_invalid: {
    status: 422,
    zh: '登录名“{username}”无效：2 到 60 个字母、数字或 . _ @ -',
    en: 'the username "{username}" is not valid: 2 to 60 letters, digits or . _ @ -',
  },
  role_unknown: {
    status: 422,
    zh: '没有角色“{role}”，可选：{roles}',
    en: 'there is no role "{role}"; choose from {roles}',
  },
  roles_needed: {
    status: 422,
    zh: '新用户需要角色，请用 --roles 指定，可选：{roles}',
    en: 'a new user needs roles; name them with --roles: {roles}',
  },
  user_unknown: { status: 404, zh: '没有此用户', en: 'there is no such user' },
});
