import { failures } from '#kernel';

export const kinds = failures('http', {
  invalid: { status: 400, zh: '请求有误：{field} {reason}', en: 'the request is wrong: {field} {reason}' },
  malformed: { status: 400, zh: '请求内容不是有效的 JSON', en: 'the body is not valid JSON' },
  address_unreadable: { status: 400, zh: '地址无法识别，请检查链接', en: 'the address cannot be read; check the link' },
  value_unfit: {
    status: 400,
    zh: '某个值超出范围或格式不符，请检查编号、数字与日期',
    en: 'a value is out of range or not of its kind; check ids, numbers and dates',
  },
  too_large: { status: 413, zh: '请求内容过大，最多 {max}', en: 'the body is too large; at most {max}' },
  not_signed_in: { status: 401, zh: '请先登录', en: 'please sign in' },
  forbidden: {
    status: 403,
    zh: '您没有此操作的权限（{permission}）',
    en: 'you lack the permission for this ({permission})',
  },
  cross_site: { status: 403, zh: '拒绝来自其他网站的请求', en: 'requests from other sites are refused' },
  proof_needed: {
    status: 403,
    zh: '此操作需要再次确认身份，您的登录方式不支持',
    en: 'this needs a fresh proof of identity, which your way of signing in cannot give',
  },
  not_found: { status: 404, zh: '没有此地址：{path}', en: 'there is nothing at {path}' },
  unsupported_media: {
    status: 415,
    zh: '请以 application/json（文件内容以 application/octet-stream）提交',
    en: 'send the body as application/json, bytes of files as application/octet-stream',
  },
  unavailable: {
    status: 503,
    zh: '数据库暂时不可用，请稍候重试',
    en: 'the database is not available at the moment; try again shortly',
  },
  internal: {
    status: 500,
    zh: '系统内部错误，已记录（编号 {reference}），请联系管理员',
    en: 'an internal error, recorded as {reference}; please contact the operator',
  },
});
