import { failures } from '#kernel';

export const kinds = failures('customers', {
  not_found: {
    status: 404,
    zh: '没有这位客户，或您无权查看',
    en: 'this customer does not exist, or you may not see it',
  },
  identity_rule_wrong: {
    status: 500,
    zh: '{file} 中的识别规则 {rule} 有误：{reason}',
    en: 'the identity rule {rule} in {file} is wrong: {reason}',
  },
  quality_rule_wrong: {
    status: 500,
    zh: '{file} 中的数据质量规则 {rule} 有误：{reason}',
    en: 'the quality rule {rule} in {file} is wrong: {reason}',
  },
  quality_rule_unknown: {
    status: 404,
    zh: '没有数据质量规则 {rule}，或您无权查看其中的字段',
    en: 'there is no quality rule {rule}, or you may not see its fields',
  },
  case_not_found: {
    status: 404,
    zh: '没有这条客户识别任务，或您无权查看其中的客户',
    en: 'this identity case does not exist, or one of its customers is out of your reach',
  },
  case_moved_on: {
    status: 409,
    zh: '这条任务的状态已是“{state}”，请刷新后再操作',
    en: 'this case is “{state}” by now; reload before you go on',
  },
  merge_own_proposal: {
    status: 403,
    zh: '合并须由另一人复核：提出人及其代理人不能批准',
    en: 'a merge is approved by another person than who proposed it or stands in for him',
  },
  merge_erased: {
    status: 409,
    zh: '其中一位客户的个人信息已抹除，不能合并',
    en: 'the personal data of one of the two is erased; they are not merged',
  },
  merge_kinds: {
    status: 409,
    zh: '个人客户与企业客户不能合并',
    en: 'a person and a company are not merged',
  },
  merge_walled: {
    status: 409,
    zh: '其中一位客户处于信息隔离中，隔离解除前不能合并',
    en: 'one of the two is walled; they are merged after the wall is lifted',
  },
  merge_survivor: {
    status: 422,
    zh: '保留的客户必须是这两位之一',
    en: 'the customer who stays must be one of the two',
  },
  undo_too_late: {
    status: 409,
    zh: '合并已超过 {days} 天，不能撤销',
    en: 'the merge is more than {days} days old and is not undone any more',
  },
  undo_changed: {
    status: 409,
    zh: '合并之后已有变动，不能撤销：{what}',
    en: 'this changed after the merge, so it is not undone: {what}',
  },
  undo_done: { status: 409, zh: '这次合并已经撤销', en: 'this merge is undone already' },
  duplicates_too_many: {
    status: 429,
    zh: '一小时内查重最多 {max} 次，请稍后再试',
    en: 'duplicates may be asked for {max} times an hour; try again later',
  },
  bulk_nothing: {
    status: 422,
    zh: '所选条件下没有您可处理的客户',
    en: 'no customer that you may change fits the selection',
  },
  bulk_too_many: {
    status: 422,
    zh: '一次最多处理 {max} 位客户，请缩小范围后分批进行',
    en: 'at most {max} customers at a time; narrow the selection and go on in parts',
  },
  bulk_not_allowed: {
    status: 403,
    zh: '您没有权限对客户进行此操作',
    en: 'you may not do this to customers',
  },
  bulk_due: {
    status: 422,
    zh: '截止日期须在 {from} 至 {to} 之间',
    en: 'the due date must be between {from} and {to}',
  },
  bulk_rights_gone: {
    status: 403,
    zh: '发起人的权限已变更，批量处理停止',
    en: 'the rights of who asked have changed; the action has stopped',
  },
  erased_already: {
    status: 409,
    zh: '该客户的个人信息已于 {date} 抹除',
    en: 'the personal data of this customer was erased on {date}',
  },
  erasure_held: {
    status: 409,
    zh: '该客户处于信息隔离中，隔离解除前不能抹除',
    en: 'this customer is walled; nothing is erased until the wall is lifted',
  },
  erasure_has_business: {
    status: 409,
    zh: '该客户还有未销账户 {accounts} 个、在持产品 {holdings} 个、未结清贷款 {loans} 笔，业务结束后才能抹除个人信息',
    en: 'this customer still has {accounts} open accounts, {holdings} holdings and {loans} unpaid loans; personal data is erased after the business has ended',
  },
});
