import { failures } from '#kernel';

export const kinds = failures('facts', {
  pack_invalid: { status: 500, zh: '{file} 中 {path} 有误：{reason}', en: '{file}: {path} is wrong: {reason}' },
  expression_invalid: {
    status: 500,
    zh: '{file} 中“{code}”的 {path} 有误：{reason}',
    en: '{file}: {path} of "{code}" is wrong: {reason}',
  },
  unknown_calendar: {
    status: 500,
    zh: '没有名为“{code}”的工作日历，可选：{codes}。请修改机构设置中的 calendar',
    en: 'there is no work calendar "{code}"; choose one of {codes} in the institution settings',
  },
  unknown_parameter: {
    status: 404,
    zh: '没有名为“{code}”的参数',
    en: 'there is no parameter "{code}"',
  },
  parameter_without_value: {
    status: 409,
    zh: '参数“{code}”没有币种 {currency} 的取值，请在 parameters.yaml 中补充，或为本机构单独设置',
    en: 'parameter "{code}" has no value for {currency}; add one in parameters.yaml or set it for this institution',
  },
  assets_hidden: {
    status: 403,
    zh: '您的角色看不到客户资产明文，因此不能查看资产总览；如工作需要，请联系安全管理员调整角色',
    en: "your role does not see customers' assets in clear, so the totals are closed to it; if your work needs them, ask the security administrator",
  },
  assets_not_exported: {
    status: 403,
    zh: '您的角色不能导出管理资产；如工作需要，请联系安全管理员调整角色',
    en: 'your role may not export assets; if your work needs it, ask the security administrator',
  },
  period_reversed: {
    status: 422,
    zh: '起始日期 {from} 晚于截止日期 {to}，请调换或重新选择',
    en: 'the period begins on {from}, after its end {to}: swap the dates or choose others',
  },
  assets_unreconciled: {
    status: 500,
    zh: '{date} 的机构资产合计与客户之和不符（{place}：合计 {kept}，客户之和 {summed}；共 {count} 处）。请以“全部重算”（--full）重跑该业务日，并把本信息交给技术支持',
    en: 'the totals by unit of {date} are not the sums over customers ({place}: total {kept}, sum {summed}; {count} places). Run the day again with --full, and show this to support',
  },
  parameter_out_of_limits: {
    status: 422,
    zh: '“{label}”应在 {min} 与 {max} 之间，所给为 {value}',
    en: '"{label}" must lie between {min} and {max}; {value} was given',
  },
  parameter_invalid: {
    status: 422,
    zh: '参数“{code}”的值“{value}”不正确：应为{expected}',
    en: 'parameter "{code}" has the value "{value}"; expected is {expected}',
  },
});
