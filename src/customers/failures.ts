import { failures } from '#kernel';

export const kinds = failures('customers', {
  not_found: {
    status: 404,
    zh: '没有这位客户，或您无权查看',
    en: 'this customer does not exist, or you may not see it',
  },
  not_masked: {
    status: 400,
    zh: '字段“{field}”没有脱敏，无需申请查看',
    en: 'the field "{field}" is not masked; there is nothing to reveal',
  },
});
