import { failures } from '#kernel';

export const kinds = failures('tasks', {
  not_found: {
    status: 404,
    zh: '没有这个待办，或您无权处理',
    en: 'this task does not exist, or it is not yours to do',
  },
  not_open: { status: 409, zh: '这个待办已处理，请刷新', en: 'this task has been dealt with already; reload' },
  not_done: {
    status: 409,
    zh: '这个待办还没有处理，无需撤销',
    en: 'this task is still open; there is nothing to undo',
  },
  next_needed: {
    status: 422,
    zh: '选择“待跟进”时请填写下次联系日期',
    en: 'a follow-up needs the date of the next contact',
  },
  next_needed_for_step: {
    status: 422,
    zh: '填写下一步时请同时选择日期',
    en: 'a next step needs its date',
  },
  because_needed: {
    status: 422,
    zh: '请选择提醒无用的原因：早已知晓、数据有误、时机不对、客户谢绝或其他',
    en: 'say why it was not useful: known, wrong_data, bad_timing, declined or other',
  },
  because_other: { status: 422, zh: '原因为“其他”时请写明', en: 'write down what the other reason is' },
  other_customer: {
    status: 422,
    zh: '一并办结的待办须属于同一位客户',
    en: 'tasks closed together must be of the same customer',
  },
  day_over: {
    status: 422,
    zh: '今天已没有足够的工作时间，请选择明天或下一工作日',
    en: 'there is not enough working time left today; choose tomorrow or the next workday',
  },
  receiver_unknown: {
    status: 422,
    zh: '接收人不在您的管辖范围，或不能处理待办',
    en: 'the receiver is not one of your people, or does not work on tasks',
  },
  date_past: {
    status: 422,
    zh: '日期 {date} 已过，请选择今天之后的日期',
    en: 'the date {date} has passed; choose a later one',
  },
  assignee_unknown: { status: 404, zh: '没有此用户，或不在您的管辖范围', en: 'there is no such user in your reach' },
});
