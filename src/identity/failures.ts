import { failures } from '#kernel';

export const kinds = failures('identity', {
  refused: { status: 401, zh: '用户名或密码不正确', en: 'the username or password is wrong' },
  password_of_separated_duty: {
    status: 403,
    zh: '该用户承担安全管理或审计职责，他人不能重置其密码；请由运维在服务器上执行 tongguan user',
    en: 'this user administers security or audit; nobody else may reset the password. Let an operator run "tongguan user" on the server',
  },
  too_many: {
    status: 429,
    zh: '错误次数过多，请 {minutes} 分钟后再试；在您登录过的电脑上不受他人尝试的影响',
    en: 'too many wrong attempts; try again in {minutes} minutes. On a computer where you signed in before, attempts of others do not count',
  },
  sign_in_over: {
    status: 401,
    zh: '登录已超时，请重新输入密码',
    en: 'this sign-in took too long; give your password again',
  },
  step_out_of_order: {
    status: 409,
    zh: '登录步骤已变化，请重新登录',
    en: 'the sign-in is at another step; start again',
  },
  proof_wrong: { status: 422, zh: '验证未通过，请重试', en: 'that was not right; try again' },
  code_wrong: {
    status: 422,
    zh: '验证码不正确：请确认手机时间准确，并输入最新的验证码',
    en: 'this code is wrong: check the clock of your phone and give the newest code',
  },
  step_up_needed: { status: 403, zh: '此操作需要再次确认身份', en: 'this needs a fresh proof that it is you' },
  step_up_impossible: {
    status: 403,
    zh: '接口账号不能执行需要再次确认身份的操作',
    en: 'an API account cannot do what needs a fresh proof of identity',
  },
  person_needed: { status: 403, zh: '接口账号没有会话与密码', en: 'an API account has no session and no password' },
  session_unknown: { status: 404, zh: '没有此会话，可能已结束', en: 'there is no such session; it may be over' },
  not_yourself: {
    status: 409,
    zh: '不能对自己执行此操作：修改密码与登录方式请到“我的安全”',
    en: 'not for yourself: change your own password and factors under "My security"',
  },
  password_length: {
    status: 422,
    zh: '密码长度须为 {min} 到 {max} 个字符',
    en: 'a password has {min} to {max} characters',
  },
  password_common: {
    status: 422,
    zh: '密码太容易被猜到：它主要由{parts}组成。请换成几个不相干的词，或加长',
    en: 'this password is easy to guess: it is mostly made of {parts}. Take several unrelated words, or a longer one',
  },
  password_same: { status: 422, zh: '新密码与原密码相同', en: 'the new password is the old one' },
  password_for_api: {
    status: 409,
    zh: '接口账号没有密码，请为其创建令牌',
    en: 'an API account has no password; make a token for it',
  },
  current_wrong: { status: 422, zh: '当前密码不正确', en: 'the current password is wrong' },
  totp_there: {
    status: 409,
    zh: '已启用动态验证码，请先移除再重新设置',
    en: 'one-time codes are set up already; remove them first',
  },
  totp_none: { status: 404, zh: '尚未启用动态验证码', en: 'one-time codes are not set up' },
  factor_none: {
    status: 409,
    zh: '请先启用动态验证码或登记安全密钥',
    en: 'first set up one-time codes or a security key',
  },
  factor_last: {
    status: 409,
    zh: '您的角色要求双重验证，不能移除最后一种方式',
    en: 'your role asks for a second factor: the last one stays',
  },
  challenge_gone: { status: 409, zh: '操作已超时，请重试', en: 'this took too long; try again' },
  key_refused: {
    status: 422,
    zh: '无法验证此安全密钥，请重试',
    en: 'this security key could not be verified; try again',
  },
  key_unknown: { status: 404, zh: '没有此安全密钥', en: 'there is no such security key' },
  keys_too_many: { status: 409, zh: '最多登记 {max} 个安全密钥', en: 'at most {max} security keys' },
  token_of_separated_duty: {
    status: 403,
    zh: '该接口账号承担安全管理或审计职责，他人不能为其创建令牌',
    en: 'this API account administers security or audit; nobody else may make a token for it',
  },
  token_for_person: {
    status: 409,
    zh: '只有接口账号可以使用令牌：请新建账号类型为“接口账号”的用户',
    en: 'only API accounts have tokens: make a user of the kind "API account"',
  },
  token_unknown: { status: 404, zh: '没有此令牌，或已撤销', en: 'there is no such token, or it is revoked' },
  tokens_too_many: {
    status: 409,
    zh: '每个账号最多 {max} 个有效令牌',
    en: 'at most {max} valid tokens for one account',
  },
  token_rate: { status: 429, zh: '请求过于频繁：每分钟最多 {max} 次', en: 'too many requests: at most {max} a minute' },
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
