import type { Case } from './case.ts';

const T = true;
const F = false;
const U = null;

/** Kleene's three-valued logic: unknown stays unknown unless the other side decides. */
export const logic: Case[] = [
  ['p and q', { p: T, q: T }, T],
  ['p and q', { p: T, q: U }, U],
  ['p and q', { p: F, q: U }, F],
  ['p and q', { p: U, q: F }, F],
  ['p and q', { p: U, q: U }, U],
  ['p or q', { p: F, q: F }, F],
  ['p or q', { p: F, q: U }, U],
  ['p or q', { p: U, q: T }, T],
  ['p or q', { p: U, q: U }, U],
  ['not(p)', { p: U }, U],
  ['not(p)', { p: F }, T],
  ['not(a > 1)', { a: U }, U],
  ['not(a = 1)', { a: U }, T],
  ['p or q and a = 1', { p: F, q: T, a: '1' }, T],
  ['(p or q) and a = 1', { p: T, q: F, a: '2' }, F],
  ['p and null', { p: T }, U],
  ['if p then 1 else 2', { p: T }, '1'],
  ['if p then 1 else 2', { p: U }, '2'],
  ['if a > 1 then "big" else if a > 0 then "small" else null', { a: '0.5' }, 'small'],
  ['if a > 1 then "big" else if a > 0 then "small" else null', { a: '0' }, null],
  ['if p then q else not(q)', { p: F, q: U }, U],
  ['coalesce(a, b, 7)', { a: U, b: '3.0' }, '3'],
  ['coalesce(a, b, 7)', { a: U, b: U }, '7'],
  ['coalesce(s, "—")', { s: '' }, ''],
  ['coalesce(p, false)', { p: U }, F],
];
