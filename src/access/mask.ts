import type { MaskCode } from '#metadata';

// Two-character surnames keep both characters: 欧阳娜娜 → 欧阳**.
export const COMPOUND_SURNAMES =
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
  // Bands are written in figures, so that they read the same in both languages.
  amount: (c) =>
    `case when ${c} is null then null when abs(${c}) >= 5000000 then '≥5,000,000' when abs(${c}) >= 1000000 then '1,000,000–5,000,000' when abs(${c}) >= 200000 then '200,000–1,000,000' when abs(${c}) >= 50000 then '50,000–200,000' else '<50,000' end`,
  year: (c) => `to_char(${c}, 'YYYY')`,
  full: (c) => `case when ${c} is null then null else '****' end`,
};

export function maskedOutput(mask: MaskCode, column: string): string {
  return masks[mask](column);
}
