import type { MaskCode } from '#metadata';

// Two-character surnames keep both characters: 欧阳娜娜 → 欧阳**.
const COMPOUND_SURNAMES =
  '欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐|呼延|百里|东郭|南门|西门|拓跋|轩辕';

/**
 * Masks as SQL over a column, so that the clear value never leaves the database (shapes: display rules of JR/T 0171-2020:
 * 王**, 138****5678, ****1234 for 尾号1234).
 */
const masks: Record<MaskCode, (column: string) => string> = {
  person_name: (c) =>
    `case when ${c} is null then null when ${c} ~ '^(${COMPOUND_SURNAMES})' then left(${c}, 2) || '**' else left(${c}, 1) || '**' end`,
  phone: (c) =>
    `case when ${c} is null then null when length(${c}) >= 11 then left(${c}, length(${c}) - 8) || '****' || right(${c}, 4) else '****' || right(${c}, 2) end`,
  id_number: (c) =>
    `case when ${c} is null then null when length(${c}) >= 15 then left(${c}, 4) || repeat('*', length(${c}) - 8) || right(${c}, 4) else left(${c}, 1) || '****' || right(${c}, 1) end`,
  email: (c) => `case when ${c} is null then null else left(${c}, 1) || '***' || substr(${c}, strpos(${c}, '@')) end`,
  address: (c) => `case when ${c} is null then null else left(${c}, 6) || '****' end`,
  tail4: (c) => `case when ${c} is null then null else '****' || right(${c}, 4) end`,
  full: (c) => `case when ${c} is null then null else '****' end`,
};

export function maskedOutput(mask: MaskCode, column: string): string {
  return masks[mask](column);
}
