/** Amounts are whole fen (1/100 yuan) in numbers: exact up to 90 trillion yuan. */
export const FEN = 100;

const cents = Array.from({ length: 100 }, (_, fen) => `.${String(fen).padStart(2, '0')}`);

/** The decimal text of whole fen, always with two places: −5 → `-0.05`. */
export function fenText(fen: number): string {
  if (fen < 0) return `-${fenText(-fen)}`;
  return Math.floor(fen / 100) + cents[fen % 100]!;
}
