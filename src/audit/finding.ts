import { fill, type Language, type Text } from '#kernel';

/** What can be wrong with the audit, each with the sentence that names the place. */
const texts = {
  event_changed: {
    zh: '链 {chain} 第 {seq} 条：内容与其哈希不符（被修改）',
    en: 'chain {chain}, event {seq}: the content does not match its hash (changed)',
  },
  events_missing: {
    zh: '链 {chain}：缺少第 {from} 至 {to} 条（被删除）',
    en: 'chain {chain}: events {from} to {to} are missing (deleted)',
  },
  event_inserted: {
    zh: '链 {chain} 第 {seq} 条出现不止一次（被插入）',
    en: 'chain {chain}: event {seq} is there more than once (inserted)',
  },
  events_outside: {
    zh: '有 {count} 条记录不在任何链中（被插入）',
    en: '{count} events stand in no chain (inserted)',
  },
  chain_rewritten: {
    zh: '链 {chain} 第 {seq} 条与签名根 {root} 所记不同（该处或之前被改写）',
    en: 'chain {chain}, event {seq} differs from what root {root} has signed (rewritten there or before)',
  },
  chain_cut: {
    zh: '链 {chain} 止于第 {last} 条，签名根 {root} 已记到第 {seq} 条（尾部被删除）',
    en: 'chain {chain} ends at event {last}, root {root} has signed event {seq} (its end was cut off)',
  },
  base_unproven: {
    zh: '链 {chain} 的前 {seq} 条不在，且没有签名根与其起点相符（不是到期删除）',
    en: 'chain {chain}: the first {seq} events are gone and no root fits where it begins now (not an expired part removed)',
  },
  base_early: {
    zh: '链 {chain} 的前 {seq} 条被删除，其中签名根 {root} 所记的尚未到期',
    en: 'chain {chain}: the first {seq} events were removed; what root {root} has signed of them had not expired',
  },
  root_missing: { zh: '缺少签名根 {from} 至 {to}', en: 'roots {from} to {to} are missing' },
  root_unreadable: { zh: '签名根 {root} 无法解读', en: 'root {root} cannot be read' },
  root_unsigned: {
    zh: '签名根 {root} 的签名无效，或不是由可信的密钥所签',
    en: 'root {root} is not signed, or not by a trusted key',
  },
  root_unlinked: { zh: '签名根 {root} 与其前一个不相连', en: 'root {root} does not follow the one before' },
  root_contradicts: {
    zh: '签名根 {root} 的默克尔根与其所记的各链不符',
    en: 'root {root}: its Merkle root does not fit the chains it names',
  },
  witness_differs: {
    zh: '签名根 {root} 与见证处不同：{place}',
    en: 'root {root} differs from its witness: {place}',
  },
  witness_ahead: {
    zh: '见证处有签名根 {root}，数据库中没有（被删除，或数据库恢复到了更早的时间）：{place}',
    en: 'the witness has root {root}, the database has not (deleted, or the database was put back to an earlier time): {place}',
  },
  witness_gap: {
    zh: '见证处缺少签名根 {from} 至 {to}：{place}',
    en: 'the witness lacks roots {from} to {to}: {place}',
  },
  witness_unreadable: { zh: '见证处有无法解读的一行：{place}', en: 'a line of the witness cannot be read: {place}' },
  line_unreadable: { zh: '第 {line} 行无法解读', en: 'line {line} cannot be read' },
  file_unsigned: {
    zh: '文件末尾的签名无效：文件被改动，或不是由所给的密钥签发',
    en: 'the signature at the end is not valid: the file was changed, or signed by another key',
  },
  file_cut: { zh: '文件不完整：缺少结尾', en: 'the file is not whole: its end is missing' },
  counts_differ: { zh: '记录条数与结尾所记不符', en: 'the number of events differs from what the end says' },
  segment_unanchored: {
    zh: '链 {chain} 第 {seq} 条处的哈希不在任何签名根中',
    en: 'chain {chain}: no root signs its hash at event {seq}',
  },
} as const satisfies Record<string, Text>;

export type FindingKind = keyof typeof texts;

export interface Finding {
  kind: FindingKind;
  params: Record<string, string | number>;
}

export const findingText = ({ kind, params }: Finding, language: Language) =>
  fill(texts[kind][language], params, language);

/** Findings kept in full; further ones are only counted. */
const FINDINGS_MAX = 200;

export interface Findings {
  found: Finding[];
  count: number;
  add(kind: FindingKind, params?: Finding['params']): void;
}

export function findings(): Findings {
  const all: Findings = {
    found: [],
    count: 0,
    add(kind, params = {}) {
      all.count += 1;
      if (all.found.length < FINDINGS_MAX) all.found.push({ kind, params });
    },
  };
  return all;
}
