import { failures } from '#kernel';

export const kinds = failures('disclosure', {
  not_found: {
    status: 404,
    zh: '没有这项申请，或您无权查看',
    en: 'this request does not exist, or you may not see it',
  },
  record_not_found: {
    status: 404,
    zh: '没有这条{entity}记录，或您无权查看',
    en: 'this {entity} does not exist, or you may not see it',
  },
  not_masked: {
    status: 400,
    zh: '字段“{field}”对您没有脱敏显示，无需也不能申请查看',
    en: 'the field "{field}" is not masked for you; there is nothing to reveal',
  },
  purpose_unknown: {
    status: 400,
    zh: '没有用途“{purpose}”，请从列表中选择',
    en: 'there is no purpose "{purpose}"; choose one of the list',
  },
  ticket_needed: {
    status: 400,
    zh: '用途“{purpose}”须填写工单号',
    en: 'the purpose "{purpose}" needs the number of a ticket',
  },
  no_rule: { status: 403, zh: '没有规则允许此操作', en: 'no rule allows this' },
  minutes_too_many: {
    status: 400,
    zh: '此类信息最多查看 {max} 分钟',
    en: 'this may be seen for at most {max} minutes',
  },
  too_many_today: {
    status: 429,
    zh: '今日申请已达 {max} 次上限，明日再试或请主管协助',
    en: 'you have reached {max} requests today; try again tomorrow or ask your supervisor',
  },
  too_many_now: {
    status: 429,
    zh: '一小时内申请已达 {max} 次上限，请稍后再试',
    en: 'you have reached {max} requests within an hour; try again later',
  },
  review_overdue: {
    status: 403,
    zh: '您有 {count} 次查看逾期未复核，复核完成前不能再申请',
    en: '{count} of your reveals are overdue for review; no new one until they are reviewed',
  },
  already_open: {
    status: 409,
    zh: '您对此字段已有未结束的申请',
    en: 'you have an open request for this field already',
  },
  no_emergency: { status: 403, zh: '此类信息不适用紧急查看', en: 'there is no emergency path to this information' },
  approvers_missing: {
    status: 409,
    zh: '找不到两位可通知的审批人，不能紧急查看，请走审批',
    en: 'there are no two approvers to be told; use the ordinary request',
  },
  own_request: { status: 403, zh: '不能审批或复核自己的申请', en: 'nobody decides on a request of his own' },
  deputy: {
    status: 403,
    zh: '您与申请人互为代理，不能审批或复核其申请',
    en: 'you stand in for the maker, or the maker for you; somebody else has to decide',
  },
  same_person: {
    status: 403,
    zh: '您与申请人的账号登记了相同的手机或邮箱，视为同一人，不能审批或复核',
    en: "your account and the maker's carry the same phone or e-mail and count as one person; somebody else has to decide",
  },
  same_line: {
    status: 403,
    zh: '您与申请人在同一条汇报线上，此类信息须由他线人员审批',
    en: 'you are in the reporting line of the maker; this has to be decided outside it',
  },
  wrong_state: {
    status: 409,
    zh: '申请当前为“{state}”，不能这样操作',
    en: 'the request is "{state}"; this cannot be done now',
  },
  maker_lost_right: {
    status: 409,
    zh: '申请人已停用或不再有此权限，不能批准',
    en: 'the maker is disabled or has lost the right; it cannot be approved',
  },
  note_needed: { status: 400, zh: '请写明理由', en: 'say why' },
  not_active: { status: 403, zh: '查看许可已失效（{state}）', en: 'this permission to look has ended ({state})' },
  shown_too_often: {
    status: 429,
    zh: '此许可最多显示 {max} 次',
    en: 'this permission shows the value at most {max} times',
  },
  still_active: {
    status: 409,
    zh: '查看仍在有效期内，结束后才能复核',
    en: 'it is still active; review it when it has ended',
  },
  week_invalid: { status: 400, zh: '周“{week}”应写作 2026-W47', en: 'write the week "{week}" like 2026-W47' },
  export_not_allowed: { status: 403, zh: '您的角色不能导出{entity}', en: 'your role may not export {entity}' },
  columns_not_exportable: {
    status: 403,
    zh: '您的角色不能导出这些字段：{fields}',
    en: 'your role may not export these fields: {fields}',
  },
  columns_missing: { status: 400, zh: '请至少选择一个字段', en: 'choose at least one field' },
  nothing_to_export: { status: 400, zh: '没有符合条件的记录可导出', en: 'there are no rows to export' },
  too_many_rows: {
    status: 400,
    zh: '超过单次导出上限 {max} 行，请增加筛选条件',
    en: 'more than the {max} rows that one export may have; add a filter',
  },
  grown_beyond: {
    status: 409,
    zh: '数据增加到 {rows} 行，超出本次获准的范围，请重新申请',
    en: 'the data has grown to {rows} rows, more than this export was allowed; request it again',
  },
  rights_changed: {
    status: 403,
    zh: '您的权限已变更，不能再取得此文件，请重新申请',
    en: 'your rights have changed; this file is no longer yours to take. Request it again',
  },
  file_expired: {
    status: 410,
    zh: '文件已过期删除，请重新导出',
    en: 'the file has expired and is deleted; export it again',
  },
  downloads_used: {
    status: 403,
    zh: '下载次数已达 {max} 次上限',
    en: 'it has been downloaded {max} times, the most allowed',
  },
  interrupted: { status: 500, zh: '导出中断，请重新申请', en: 'the export was interrupted; request it again' },
  leak_unreadable: { status: 400, zh: '内容不是可识别的表格文本', en: 'this is not the text of a table' },
});

/** How a state is called in a sentence. */
export const stateTexts: Record<string, { zh: string; en: string }> = {
  requested: { zh: '待审批', en: 'waiting for approval' },
  active: { zh: '生效中', en: 'active' },
  expired: { zh: '已到期', en: 'expired' },
  lapsed: { zh: '逾期未批', en: 'lapsed' },
  refused: { zh: '未批准', en: 'refused' },
  cancelled: { zh: '已撤回', en: 'withdrawn' },
  revoked: { zh: '已收回', en: 'revoked' },
  queued: { zh: '排队中', en: 'queued' },
  running: { zh: '生成中', en: 'being written' },
  done: { zh: '可下载', en: 'ready' },
  failed: { zh: '失败', en: 'failed' },
  disabled: { zh: '用户已停用', en: 'user disabled' },
  clock: { zh: '时钟异常', en: 'the clock was changed' },
};
