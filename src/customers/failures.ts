import { failures } from '#kernel';

export const kinds = failures('customers', {
  not_found: {
    status: 404,
    zh: '没有这位客户，或您无权查看',
    en: 'this customer does not exist, or you may not see it',
  },
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
