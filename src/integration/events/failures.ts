import { failures } from '#kernel';

export const eventKinds = failures('events', {
  item_invalid: {
    status: 422,
    zh: '事件的“{field}”有误：{reason}',
    en: 'the "{field}" of the event is wrong: {reason}',
  },
  type_unknown: {
    status: 422,
    zh: '没有类型为“{type}”的事实，可用类型：{types}',
    en: 'no fact is of the type "{type}"; there are {types}',
  },
  field_unknown: {
    status: 422,
    zh: '{entity}没有字段“{field}”，可用字段：{fields}',
    en: '{entity} has no field "{field}"; there are {fields}',
  },
  field_missing: {
    status: 422,
    zh: '缺少“{label}”（{field}）',
    en: '{label} ({field}) is missing',
  },
  time_missing: {
    status: 422,
    zh: '缺少 time：请提供带时区的时间，例如 2026-11-20T10:00:00+08:00，或日期',
    en: 'time is missing: give an instant with its zone, for example 2026-11-20T10:00:00+08:00, or a date',
  },
  time_unreadable: {
    status: 422,
    zh: '无法识别时间“{time}”，应为带时区的时间，例如 2026-11-20T10:00:00+08:00，或日期',
    en: 'the time "{time}" cannot be read; write an instant with its zone, for example 2026-11-20T10:00:00+08:00, or a date',
  },
  time_out_of_range: {
    status: 422,
    zh: '日期 {date} 不在可接收的范围内（{from} 至 {to}）',
    en: 'the date {date} is out of range ({from} to {to})',
  },
  customer_missing: {
    status: 422,
    zh: '缺少 customer：请以来源系统的客户号指明客户',
    en: 'customer is missing: name the customer by his key at the source',
  },
  reference_unreadable: {
    status: 422,
    zh: '“{label}”应为外部编号，或 {"source": …, "key": …}，或 {"id": …}',
    en: '{label} must be a source key, or {"source": …, "key": …}, or {"id": …}',
  },
  reference_unknown: {
    status: 422,
    zh: '没有编号为“{key}”的{entity}（来源 {source}）：请先装载该{entity}，或以 hold=true 暂存',
    en: 'there is no {entity} with the key "{key}" of the source {source}: load it first, or send with hold=true',
  },
  hold_full: {
    status: 503,
    zh: '暂存的事件已达上限 {max} 条，请先处理积压',
    en: 'the limit of {max} held events is reached; see to those first',
  },
  busy: {
    status: 429,
    zh: '事件队列已满，请在 {retryAfterSeconds} 秒后重试',
    en: 'the queue of events is full; try again in {retryAfterSeconds} s',
  },
  stopping: {
    status: 503,
    zh: '服务正在停止，请稍后以同样的内容重试',
    en: 'the server is stopping; send the same again shortly',
  },
  key_reused: {
    status: 422,
    zh: '幂等键“{key}”已用于另一份内容，请换用新的键',
    en: 'the idempotency key "{key}" was used with another content; use a new one',
  },
});
