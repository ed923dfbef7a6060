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
  definition_unknown: {
    status: 404,
    zh: '没有名为“{code}”的{kind}',
    en: 'there is no {kind} "{code}"',
  },
  definition_kind_unknown: {
    status: 404,
    zh: '没有“{kind}”这类定义；可选：{kinds}',
    en: 'there are no definitions "{kind}"; there are {kinds}',
  },
  version_unknown: {
    status: 404,
    zh: '“{code}”没有第 {version} 版',
    en: '"{code}" has no version {version}',
  },
  draft_missing: {
    status: 409,
    zh: '“{code}”没有待发布的第 {version} 版草稿，可能已被他人发布或删除；请刷新后再试',
    en: '"{code}" has no draft of version {version}; somebody may have published or removed it. Reload and try again',
  },
  segment_empty: {
    status: 422,
    zh: '这些筛选没有一项能成为客群的条件：{parts}。请加上分层、标签、指标等筛选',
    en: 'no part of this filter can stand in the condition of a segment: {parts}. Filter by tiers, tags or metrics as well',
  },
  segment_partial: {
    status: 422,
    zh: '部分筛选不能成为客群的条件：{parts}。请去掉它们，或确认不带这些条件保存',
    en: 'parts of this filter cannot stand in the condition of a segment: {parts}. Take them away, or confirm to save without them',
  },
  definition_too_large: {
    status: 422,
    zh: '定义不能超过 {max} KB，请拆成几个',
    en: 'a definition has at most {max} KB; split it',
  },
  definition_invalid: {
    status: 422,
    zh: '定义有误：{message}',
    en: 'the definition is wrong: {message}',
  },
  definition_code_fixed: {
    status: 422,
    zh: '代码“{code}”是固定的；要换代码请新建一个',
    en: 'the code "{code}" is fixed; make a new definition for another code',
  },
  definition_code_taken: {
    status: 422,
    zh: '代码“{code}”已用于{used}，请换一个',
    en: 'the code "{code}" is taken by {used}; choose another',
  },
  definitions_too_many: {
    status: 422,
    zh: '本机构自建的{kind}最多 {max} 个，请先停用不再使用的',
    en: 'at most {max} definitions of this kind of your own ({kind}); retire those that are no longer used',
  },
  definition_costly: {
    status: 422,
    zh: '自开户以来逐笔统计的指标最多 {max} 个，请改用有期限的窗口',
    en: 'at most {max} metrics read all history every day; use a window that begins on a certain day',
  },
  definition_unit_fixed: {
    status: 422,
    zh: '已发布指标的单位不能修改（现为 {unit}）；其他定义按此单位比较，请新建一个指标',
    en: 'the unit of a published metric ({unit}) is fixed, others compare with it; make a new metric',
  },
  definition_parameter_type_fixed: {
    status: 422,
    zh: '参数的类型不能修改（{type}）',
    en: 'the type of a parameter ({type}) is fixed',
  },
  definition_breaks: {
    status: 422,
    zh: '“{other}”会因此失效：{message}',
    en: '"{other}" would no longer work: {message}',
  },
  definition_field_secret: {
    status: 422,
    zh: '“{field}”是客户的身份信息，您无权按它筛选，不能写进条件',
    en: '"{field}" identifies customers and you may not filter by it; it cannot stand in a condition of yours',
  },
  definition_in_use: {
    status: 409,
    zh: '正在被使用，不能停用：{users}。请先修改或停用它们',
    en: 'in use, so it cannot be retired: {users}. Change or retire those first',
  },
  definitions_renewed: {
    status: 503,
    zh: '定义刚刚更新，请再试一次',
    en: 'definitions were published just now; please try again',
  },
  definition_publishing: {
    status: 409,
    zh: '“{code}”正在发布，请等它完成或先取消',
    en: '"{code}" is being published; wait for it to end or cancel it',
  },
  definition_not_published: {
    status: 409,
    zh: '“{code}”没有已发布的版本',
    en: '"{code}" has no published version',
  },
  approval_by_another: {
    status: 403,
    zh: '“{code}”的发布须由另一人批准：申请人不能批准自己的申请',
    en: 'publishing "{code}" needs the approval of another person than the one who asked for it',
  },
  publication_cancelled: {
    status: 409,
    zh: '发布已取消，原来的版本继续有效',
    en: 'publishing was cancelled; the version before stays in force',
  },
  publication_done: {
    status: 409,
    zh: '这项发布已经结束，不能取消',
    en: 'this publication has ended and cannot be cancelled',
  },
  tag_not_manual: {
    status: 409,
    zh: '“{tag}”由系统按条件维护，不能手工增减',
    en: '"{tag}" is kept by the system and cannot be set by hand',
  },
  tag_not_set: {
    status: 404,
    zh: '这位客户没有标签“{tag}”，可能已被他人移除',
    en: 'this customer does not have the tag "{tag}"; somebody may have taken it away',
  },
  tag_until_past: {
    status: 422,
    zh: '到期日 {until} 应在 {from} 之后、{max} 之前',
    en: 'the tag must expire after {from} and before {max}; {until} was given',
  },
  customer_unknown: {
    status: 404,
    zh: '没有这位客户，或不在您的客户范围内',
    en: 'there is no such customer within your reach',
  },
  why_unknown: {
    status: 404,
    zh: '没有名为“{code}”的标签、分层或客群',
    en: 'there is no tag, tier or segment "{code}"',
  },
  definition_too_deep: {
    status: 422,
    zh: '内容嵌套超过 {max} 层，请写得平一些',
    en: 'parts stand inside one another more than {max} deep; write it flatter',
  },
  definition_characters: {
    status: 422,
    zh: '“{path}”中有不能保存的控制字符，请删除',
    en: '{path} holds a control character that cannot be stored; remove it',
  },
  rule_else_never: {
    status: 422,
    zh: '每个业务日看一遍、或条件变为成立时触发的规则没有“否则”，请删去，或改用其他触发方式',
    en: 'a rule that looks every day, or at a condition that turns true, has no else; remove it or choose another trigger',
  },
  rule_dates_reversed: {
    status: 422,
    zh: '截止日 {until} 早于起始日 {from}，请对调',
    en: 'the last date {until} is before the first {from}; swap them',
  },
  rule_text_long: { status: 422, zh: '文字最多 {max} 个字符', en: 'the text has at most {max} characters' },
  rule_name_unknown: {
    status: 422,
    zh: '{{name}} 既不是字段，也不是指标、参数或规则自己的数值；请从“插入数值”中选择',
    en: '{{name}} is neither a field nor a metric, parameter or figure of the rule; choose one from "insert a value"',
  },
  rule_choice_unknown: {
    status: 422,
    zh: '没有{what}“{code}”，请重新选择',
    en: 'there is no {what} "{code}"; choose another',
  },
  rule_target_unknown: {
    status: 422,
    zh: '没有登记可通知的外部系统“{code}”；请系统管理员先登记并启用，再选择',
    en: 'no system "{code}" is registered to be told; have an administrator register and enable it, then choose it',
  },
  rule_grades_order: {
    status: 422,
    zh: '除最后一级外每级都要有条件，最后一级没有条件（用于其余情况）',
    en: 'every level but the last has a condition; the last has none and is for all others',
  },
  rule_loop: {
    status: 422,
    zh: '规则会打上标签“{tag}”，条件又看这个标签，会触发自己；请从条件中去掉它，用冷却天数防止重复',
    en: 'the rule sets the tag "{tag}" and its condition looks at it, so it would start itself; take it out of the condition and use quiet days against repetition',
  },
  preview_too_slow: {
    status: 422,
    zh: '试算超过 {seconds} 秒，已停止；请缩小条件，或直接发布由后台计算',
    en: 'the preview took more than {seconds} seconds and was stopped; narrow the condition, or publish and let it be computed in the background',
  },
  rehearsal_unknown: {
    status: 404,
    zh: '没有这次试跑，或不是您发起的',
    en: 'there is no such rehearsal, or it is not yours',
  },
  rehearsal_running: {
    status: 409,
    zh: '您的另一次试跑正在进行，请等它完成或先取消',
    en: 'another rehearsal of yours is under way; wait for it to end or cancel it',
  },
  rehearsal_too_long: {
    status: 422,
    zh: '试跑的日期范围为 {days} 天，最多 {max} 天',
    en: 'the rehearsal covers {days} days; at most {max} are possible',
  },
  rehearsal_no_history: {
    status: 422,
    zh: '可以试跑的日期为 {first} 至 {last}，请在其中选择',
    en: 'a rehearsal can cover {first} to {last}; choose dates within them',
  },
  rehearsal_version_unknown: {
    status: 404,
    zh: '规则“{code}”没有第 {version} 版',
    en: 'the rule "{code}" has no version {version}',
  },
  rehearsal_cancelled: { status: 409, zh: '试跑已取消', en: 'the rehearsal was cancelled' },
  rehearsal_rights_changed: {
    status: 403,
    zh: '发起人已无权试跑',
    en: 'who asked for the rehearsal no longer has the right to',
  },
  rule_not_by_hand: {
    status: 422,
    zh: '规则“{code}”由事件或日期触发，不能手工运行；可手工运行的是“每个业务日”和“手工”触发的规则',
    en: 'the rule "{code}" is started by events or dates; only rules that look every day or by hand can be run by hand',
  },
  rule_run_nobody: {
    status: 422,
    zh: '其中没有您可以看到的客户',
    en: 'there is no customer within your reach among them',
  },
  rule_run_too_many: {
    status: 422,
    zh: '一次最多运行 {max} 位客户，请缩小客群',
    en: 'at most {max} customers can be run at once; take a smaller segment',
  },
  rule_waiting_none: {
    status: 409,
    zh: '规则“{code}”没有等待放行的提醒',
    en: 'no alert of the rule "{code}" waits',
  },
  rule_waiting_changed: {
    status: 409,
    zh: '规则“{code}”的动作在这些提醒之后改过，不能按新动作执行；请放弃它们，需要时重新运行规则',
    en: 'what the rule "{code}" does has changed since these alerts, so it is not done; give them up and run the rule again if need be',
  },
  rule_unknown: { status: 404, zh: '没有名为“{code}”的规则', en: 'there is no rule "{code}"' },
});
