import { hash } from 'node:crypto';

/** Is the customer one of those for whom the rule does nothing, so that its effect can be measured? The same ones for ever. */
export function isHeldOut(rule: string, percent: number, customerId: string): boolean {
  if (percent === 0) return false;
  const digest = hash('sha256', `${rule}\u0000${customerId}`);
  return Number.parseInt(digest.slice(0, 8), 16) % 100 < percent;
}
