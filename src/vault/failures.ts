import { failures } from '#kernel';

export const kinds = failures('vault', {
  closed: {
    status: 503,
    zh: '密钥库尚未打开，无法读写加密的内容',
    en: 'the vault is not open; encrypted values can be neither read nor written',
  },
  master_missing: {
    status: 503,
    zh: '找不到主密钥 {id}（位置：{place}）。请放回密钥文件或从托管处恢复后重试；没有它，加密的内容无法读写',
    en: 'the master key {id} is not at {place}; put the key file back or restore it from escrow: without it encrypted values can be neither read nor written',
  },
  master_unreadable: {
    status: 503,
    zh: '主密钥文件 {file} 无法使用：{reason_zh}',
    en: 'the master key file {file} cannot be used: {reason_en}',
  },
  key_missing: {
    status: 503,
    zh: '数据密钥 {id} 不在数据库中，用它加密的内容无法读取。请检查数据库是否恢复完整',
    en: 'the data key {id} is not in the database; what it sealed cannot be read. Check that the database was restored completely',
  },
  key_broken: {
    status: 503,
    zh: '数据密钥 {id} 无法解开：主密钥不符，或密钥记录被改动',
    en: 'the data key {id} cannot be unwrapped: the master key does not match, or the key record was altered',
  },
  key_exhausted: {
    status: 503,
    zh: '数据密钥已达使用上限，请执行 tongguan keys rotate',
    en: 'the data key has reached its limit of uses; run tongguan keys rotate',
  },
  tampered: {
    status: 500,
    zh: '{place} 的密文校验失败：内容被改动、移动过，或密钥不符',
    en: 'the sealed value of {place} does not verify: it was altered or moved, or the key is not its own',
  },
  erased: {
    status: 409,
    zh: '该客户的个人信息已抹除，不能再写入或读取加密的内容',
    en: 'the personal data of this customer has been erased; sealed values can be neither written nor read',
  },
});
