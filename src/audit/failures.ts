import { failures } from '#kernel';

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
});
