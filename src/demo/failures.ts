import { failures } from '#kernel';

export const kinds = failures('demo', {
  invalid_customers: {
    status: 400,
    zh: '客户数 {value} 无效，应为 {min} 到 {max} 之间的整数',
    en: '{value} customers is not possible; give a whole number from {min} to {max}',
  },
  invalid_seed: {
    status: 400,
    zh: '种子 {value} 无效，应为 0 到 {max} 之间的整数',
    en: 'seed {value} is not possible; give a whole number from 0 to {max}',
  },
  invalid_until: {
    status: 400,
    zh: '截止日期 {value} 无效，应在 {min} 到 {max} 之间',
    en: 'the date {value} is not possible; give one from {min} to {max}',
  },
});
