import { type FailureKind, failures } from '#kernel';

export const kinds = failures('audit', {
  not_found: { status: 404, zh: '没有此审计记录', en: 'there is no such audit event' },
  retention_invalid: { status: 500, zh: '{file} {place}：{reason}', en: '{file} {place}: {reason}' },
  key_unreadable: {
    status: 500,
    zh: '审计签名密钥 {file} 无法读取：{reason}。请从备份恢复该文件；确已丢失时移走它，程序会另生成一个，并把旧公钥留在 audit-public.pem 中',
    en: 'the audit signing key {file} cannot be read: {reason}. Restore it from the backup; if it is lost, move it away: a new one is made, and the old public key stays in audit-public.pem',
  },
  public_key_invalid: {
    status: 400,
    zh: '{file} 中没有 Ed25519 公钥（PEM）',
    en: '{file} holds no Ed25519 public key (PEM)',
  },
  file_unreadable: { status: 400, zh: '无法读取 {file}：{reason}', en: '{file} cannot be read: {reason}' },
  file_exists: { status: 409, zh: '{file} 已存在，请另取名称', en: '{file} exists already; choose another name' },
  not_an_export: {
    status: 400,
    zh: '{file} 不是审计导出文件（首行应为 audit-export）',
    en: '{file} is no audit export (its first line should say audit-export)',
  },
  too_many: {
    status: 422,
    zh: '符合条件的记录超过 {max} 条，请缩小范围后分次导出',
    en: 'more than {max} events match; narrow the range and export in parts',
  },
  before_future: {
    status: 400,
    zh: '{date} 之前的记录尚未全部到期：请给出过去的日期',
    en: '{date} is not in the past: nothing of today or later can be removed',
  },
  range_invalid: { status: 400, zh: '起始时间晚于结束时间', en: 'the range ends before it begins' },
  file_needed: {
    status: 400,
    zh: '请给出文件名：tongguan audit export 文件',
    en: 'name a file: tongguan audit export FILE',
  },
  action_unknown: {
    status: 400,
    zh: '没有动作“{action}”。可用的：{known}',
    en: 'there is no action "{action}"; there are {known}',
  },
  id_invalid: { status: 400, zh: '“{value}”不是编号（数字）', en: '"{value}" is no id (digits)' },
});

/** Failures that mean a command was called wrongly: they say nothing about the audit. */
export const usageKinds: readonly FailureKind[] = [
  kinds.public_key_invalid,
  kinds.file_unreadable,
  kinds.file_exists,
  kinds.not_an_export,
  kinds.before_future,
  kinds.range_invalid,
  kinds.file_needed,
  kinds.action_unknown,
  kinds.id_invalid,
];
