import { failures } from '#kernel';

export const kinds = failures('field', {
  required: { status: 422, zh: '{label}不能为空', en: '{label} is required' },
  too_long: {
    status: 422,
    zh: '{label}最多 {max} 个字符，当前 {length} 个',
    en: '{label} takes at most {max} characters, this has {length}',
  },
  invalid_text: {
    status: 422,
    zh: '{label}含有不可见的控制字符，请删除后重试',
    en: '{label} contains invisible control characters; remove them',
  },
  invalid_integer: {
    status: 422,
    zh: '{label}“{value}”不是整数',
    en: '{label} "{value}" is not a whole number',
  },
  invalid_decimal: {
    status: 422,
    zh: '{label}“{value}”不是数字，请使用小数点，例如 1234.50',
    en: '{label} "{value}" is not a number; use a decimal point, for example 1234.50',
  },
  too_precise: {
    status: 422,
    zh: '{label}“{value}”的小数位过多，最多 {scale} 位',
    en: '{label} "{value}" has too many decimal places; at most {scale}',
  },
  too_small: { status: 422, zh: '{label}不能小于 {min}', en: '{label} must be at least {min}' },
  too_large: { status: 422, zh: '{label}不能大于 {max}', en: '{label} must be at most {max}' },
  invalid_date: {
    status: 422,
    zh: '{label}“{value}”不是有效日期，请使用 YYYY-MM-DD，例如 2026-01-31',
    en: '{label} "{value}" is not a valid date; use YYYY-MM-DD, for example 2026-01-31',
  },
  invalid_datetime: {
    status: 422,
    zh: '{label}“{value}”不是有效时间，请使用带时区的 ISO 8601，例如 2026-01-31T09:30:00+08:00',
    en: '{label} "{value}" is not a valid time; use ISO 8601 with a zone, for example 2026-01-31T09:30:00+08:00',
  },
  invalid_boolean: {
    status: 422,
    zh: '{label}“{value}”应为 true 或 false',
    en: '{label} "{value}" must be true or false',
  },
  unknown_option: {
    status: 422,
    zh: '{label}没有选项“{value}”，可选：{options}',
    en: '{label} has no option "{value}"; choose one of: {options}',
  },
  invalid_ref: {
    status: 422,
    zh: '{label}“{value}”不是有效的记录编号',
    en: '{label} "{value}" is not a record id',
  },
  missing_ref: {
    status: 422,
    zh: '{label}指向的记录不存在或您无权查看',
    en: '{label} points at a record that does not exist or that you may not see',
  },
  invalid_phone: {
    status: 422,
    zh: '{label}“{value}”不是有效号码：国内手机为 11 位数字，其他号码请以 + 和国家代码开头',
    en: '{label} "{value}" is not a valid number: a Chinese mobile has 11 digits; start others with + and the country code',
  },
  invalid_email: {
    status: 422,
    zh: '{label}“{value}”不是有效邮箱地址',
    en: '{label} "{value}" is not a valid e-mail address',
  },
  invalid_id_number: {
    status: 422,
    zh: '{label}校验位不正确，请核对 18 位身份证号码',
    en: '{label} has a wrong check digit; compare the 18-digit resident ID again',
  },
  invalid_uscc: {
    status: 422,
    zh: '{label}校验位不正确，请核对 18 位统一社会信用代码',
    en: '{label} has a wrong check digit; compare the 18-character credit code again',
  },
  invalid_json: { status: 422, zh: '{label}不是有效的 JSON', en: '{label} is not valid JSON' },
  wrong_kind: {
    status: 422,
    zh: '{label}的值类型不对，应为{expected}',
    en: '{label} has a value of the wrong kind; expected {expected}',
  },
});

export const packKinds = failures('pack', {
  unreadable: { status: 500, zh: '无法读取 {file}：{reason}', en: 'cannot read {file}: {reason}' },
  invalid: {
    status: 500,
    zh: '{file} 的 {path} 有误：{reason}',
    en: '{file}: {path} is wrong: {reason}',
  },
  unknown_entity: { status: 404, zh: '没有名为“{entity}”的实体', en: 'there is no entity named "{entity}"' },
});
