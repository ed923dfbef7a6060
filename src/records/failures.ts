import { failures } from '#kernel';

export const kinds = failures('records', {
  not_found: {
    status: 404,
    zh: '没有这条{entity}记录，或您无权查看',
    en: 'this {entity} does not exist, or you may not see it',
  },
  not_writable: {
    status: 403,
    zh: '{entity}由系统或数据装载维护，不能在此修改',
    en: '{entity} is kept by loads or the system and cannot be changed here',
  },
  out_of_scope: {
    status: 403,
    zh: '这样修改后您将无法再看到此{entity}，请由主管办理移交',
    en: 'after this change you could no longer see the {entity}; ask a supervisor to hand it over',
  },
  field_unknown: { status: 400, zh: '{entity}没有字段“{field}”', en: '{entity} has no field "{field}"' },
  field_not_writable: { status: 403, zh: '字段“{field}”不能修改', en: 'the field "{field}" cannot be changed' },
  field_not_sortable: {
    status: 400,
    zh: '不能按“{field}”排序：这类内容没有先后。请选择金额、数字、日期或文字字段',
    en: 'cannot sort by "{field}": such values have no order; choose an amount, a number, a date or a text',
  },
  field_masked: {
    status: 403,
    zh: '“{field}”对您是脱敏显示的，不能用于筛选或排序',
    en: '"{field}" is masked for you and cannot be used to filter or sort',
  },
  field_not_filterable: {
    status: 403,
    zh: '您的角色不能按“{field}”筛选或排序',
    en: 'your role may not filter or sort by "{field}"',
  },
  filter_invalid: {
    status: 400,
    zh: '筛选条件“{filter}”格式不对，应为 字段:操作:值，例如 aum:gte:1000000',
    en: 'the filter "{filter}" is malformed; write field:operator:value, for example aum:gte:1000000',
  },
  operator_unknown: {
    status: 400,
    zh: '字段“{field}”不支持操作“{operator}”，可用：{operators}',
    en: 'the field "{field}" has no operator "{operator}"; available: {operators}',
  },
  filters_too_many: { status: 400, zh: '筛选条件最多 {max} 个', en: 'at most {max} filters' },
  values_too_many: { status: 400, zh: '一个筛选条件最多 {max} 个值', en: 'at most {max} values in one filter' },
  cursor_invalid: {
    status: 400,
    zh: '翻页标记无效，请从第一页重新开始',
    en: 'the cursor is not valid; start again from the first page',
  },
  version_stale: {
    status: 409,
    zh: '这条记录刚被他人修改过（当前版本 {version}），请刷新后再改',
    en: 'somebody else has just changed this record (version {version} now); reload and try again',
  },
  duplicate_sealed: {
    status: 409,
    zh: '已有{entity}“{title}”使用相同的{field}',
    en: 'the {entity} "{title}" has the same {field} already',
  },
  duplicate_elsewhere: {
    status: 409,
    zh: '已有{entity}使用相同的{field}，但不在您的范围内，请联系其客户经理或管理员',
    en: 'there is a {entity} with the same {field} already, out of your reach; ask an administrator',
  },
  duplicate: {
    status: 409,
    zh: '已有{field}为“{value}”的{entity}',
    en: 'there is a {entity} with {field} "{value}" already',
  },
  id_collision: {
    status: 409,
    zh: '{entity}的外部编号 {source}/{key} 与已有记录 {other} 冲突，请联系管理员',
    en: '{entity}: external key {source}/{key} collides with the stored row {other}; contact the operator',
  },
  too_slow: {
    status: 400,
    zh: '查询超过 {seconds} 秒被中止，请增加筛选条件或改用其他排序',
    en: 'the query was stopped after {seconds} s; add a filter or choose another order',
  },
});
