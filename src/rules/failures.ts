import { failures } from '#kernel';

export const kinds = failures('rules', {
  pack_invalid: { status: 500, zh: '{file} 中 {path} 有误：{reason}', en: '{file}: {path} is wrong: {reason}' },
  day_running: {
    status: 409,
    zh: '另一个业务日处理正在进行，请等它结束后再运行',
    en: 'another business-day run is in progress; wait for it to end and run again',
  },
  day_in_future: {
    status: 422,
    zh: '业务日期 {date} 还没有到（今天是 {today}），请检查日期',
    en: 'the business date {date} has not come yet (today is {today}); check the date',
  },
  range_reversed: {
    status: 422,
    zh: '起始日期 {from} 晚于结束日期 {to}，请对调',
    en: 'the first date {from} is later than the last {to}; swap them',
  },
  range_too_long: {
    status: 422,
    zh: '一次最多处理 {max} 天，所给区间为 {days} 天，请分段运行',
    en: 'at most {max} days in one run, the range has {days}; run it in parts',
  },
  day_unknown: {
    status: 404,
    zh: '业务日期 {date} 还没有运行过',
    en: 'the business date {date} has not been run',
  },
  too_many_facts: {
    status: 413,
    zh: '一次最多接收 {max} 条流水，本次有 {facts} 条，请分批发送',
    en: 'at most {max} facts at once, there are {facts}; send them in parts',
  },
});
