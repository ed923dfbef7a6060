import { failures } from '#kernel';

export const kinds = failures('server', {
  invalid_setting: {
    status: 500,
    zh: '环境变量 {name} 的值“{value}”无效：{expected_zh}',
    en: 'the environment variable {name} cannot be "{value}": {expected_en}',
  },
  port_taken: {
    status: 500,
    zh: '端口 {port} 已被其他程序占用。请先停止该程序，或换一个端口：PORT={other} npm start',
    en: 'port {port} is taken by another program; stop that one, or choose another port: PORT={other} npm start',
  },
  port_forbidden: {
    status: 500,
    zh: '无权监听 {host}:{port}：{reason}。请用 PORT 指定 1024 以上的端口，用 HOST 指定本机地址',
    en: 'may not listen on {host}:{port}: {reason}; choose a PORT above 1024 and a HOST of this machine',
  },
  web_build_failed: {
    status: 500,
    zh: '网页构建失败：{reason}',
    en: 'the web pages could not be built: {reason}',
  },
  unknown_command: {
    status: 400,
    zh: '没有命令“{name}”。可用的命令：{known}',
    en: 'there is no command "{name}"; there are {known}',
  },
  unknown_action: {
    status: 400,
    zh: '没有操作“{action}”。可用的操作：{known}',
    en: 'there is no action "{action}"; there are {known}',
  },
  unknown_option: {
    status: 400,
    zh: '没有选项“{name}”',
    en: 'there is no option "{name}"',
  },
  missing_value: {
    status: 400,
    zh: '选项 --{name} 需要一个值',
    en: 'the option --{name} needs a value',
  },
  superfluous_value: {
    status: 400,
    zh: '选项 --{name} 不带值',
    en: 'the option --{name} takes no value',
  },
  invalid_value: {
    status: 400,
    zh: '选项 --{name} 的值“{value}”无效：{expected_zh}',
    en: 'the option --{name} cannot be "{value}": {expected_en}',
  },
  missing_argument: {
    status: 400,
    zh: '缺少参数 {name}（{summary_zh}）',
    en: 'the argument {name} is missing ({summary_en})',
  },
  superfluous_argument: {
    status: 400,
    zh: '多余的参数“{value}”',
    en: 'superfluous argument "{value}"',
  },
  unknown_bench: {
    status: 400,
    zh: '没有名为“{name}”的测量。可用的：{known}',
    en: 'there is nothing to measure called "{name}"; there are {known}',
  },
  unknown_proof: {
    status: 400,
    zh: '没有名为“{name}”的验证。可用的：{known}',
    en: 'there is nothing to prove called "{name}"; there are {known}',
  },
});
