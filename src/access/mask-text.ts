import type { MaskCode } from '#metadata';
import { COMPOUND_SURNAMES } from './mask.ts';

const compound = new RegExp(`^(?:${COMPOUND_SURNAMES})`);
const letters = (value: string) => [...value];
const first = (value: string, count: number) => letters(value).slice(0, count).join('');
const last = (value: string, count: number) => letters(value).slice(-count).join('');
const length = (value: string) => letters(value).length;

/** The masks of mask.ts over a value at hand: for values that are stored sealed and masked side by side. */
const masks: Partial<Record<MaskCode, (value: string) => string>> = {
  person_name: (v) => `${first(v, compound.test(v) ? 2 : 1)}**`,
  phone: (v) => (length(v) >= 11 ? `${first(v, length(v) - 8)}****${last(v, 4)}` : `****${last(v, 2)}`),
  id_number: (v) =>
    length(v) >= 15 ? `${first(v, 4)}${'*'.repeat(length(v) - 8)}${last(v, 4)}` : `${first(v, 1)}****${last(v, 1)}`,
  // Without an @ the database's strpos gives 0 and substr the whole text: such a value is shown by its first letter only.
  email: (v) => `${first(v, 1)}***${v.includes('@') ? v.slice(v.indexOf('@')) : ''}`,
  address: (v) => `${first(v, 6)}****`,
  tail4: (v) => `****${last(v, 4)}`,
};

export function maskText(mask: MaskCode, value: string): string {
  return masks[mask]?.(value) ?? '****';
}
