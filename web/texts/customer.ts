import type { Words } from './words.ts';

/** Texts of the customer 360, in both languages. */
export const customerZh = {
  title: '客户全景',
  since: '自 {{date}}',
  noReason: '暂无说明',
  fewer: '收起',
};

export const customerEn: Words<typeof customerZh> = {
  title: 'Customer 360',
  since: 'since {{date}}',
  noReason: 'No explanation yet',
  fewer: 'Fewer',
};
