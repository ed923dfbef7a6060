import { isDate } from '#kernel';

/** `20260131`, `2026/1/31`, `2026.01.31` and `2026年1月31日` are dates that people type; what is none stays as typed. */
export function readDate(typed: string): string {
  const match = /^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?$/.exec(typed.trim());
  if (!match) return typed.trim();
  const date = `${match[1]}-${match[2]!.padStart(2, '0')}-${match[3]!.padStart(2, '0')}`;
  return isDate(date) ? date : typed.trim();
}
