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
  date_past: {
    status: 422,
    zh: '日期 {date} 已过，请选择今天之后的日期',
    en: 'the date {date} has passed; choose a later one',
  },
  assignee_unknown: { status: 404, zh: '没有此用户，或不在您的管辖范围', en: 'there is no such user in your reach' },
});
