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
  invalid_facts: {
    status: 400,
    zh: '流水范围“{value}”无效，可选：{known}',
    en: '"{value}" is no extent of facts; choose one of {known}',
  },
  invalid_days: {
    status: 400,
    zh: '业务日天数 {value} 无效，应为 0 到 {max} 之间的整数',
    en: '{value} business days are not possible; give a whole number from 0 to {max}',
  },
  not_empty: {
    status: 409,
    zh: '数据库中已有本机构的数据，示例机构只能载入空库。请另设 TONGGUAN_HOME 或 DATABASE_URL 指向一个空库',
    en: 'the database holds data of an institution; the demo bank goes only into an empty one. Point TONGGUAN_HOME or DATABASE_URL at an empty database',
  },
  demo_there: {
    status: 409,
    zh: '数据库中已有示例机构。加 --replace 可清除后重新生成（包括期间手工录入的内容）',
    en: 'a demo bank is already there; --replace throws it away, with everything entered since, and makes it anew',
  },
  demo_underway: {
    status: 409,
    zh: '另一个程序正在生成示例机构，请等它完成后再试',
    en: 'another program is making the demo bank; try again when it has finished',
  },
  invalid_until: {
    status: 400,
    zh: '截止日期 {value} 无效，应在 {min} 到 {max} 之间',
    en: 'the date {value} is not possible; give one from {min} to {max}',
  },
});
