import { formatShortAmount, type Language } from '#kernel';

/** The parts that the axis of a chart is cut into, at least. */
export const AXIS_PARTS = 4;

const PLACES_MAX = 4;

/** Below these the next smaller unit is written: 万 and 亿, or K, M and B. */
const unitExponents: Record<Language, number[]> = { zh: [12, 8, 4, 0], en: [12, 9, 6, 3, 0] };

/**
 * Writes the amounts along an axis from `low` to `high` with as many decimal places as tell neighbours apart: 1.60 亿 and 1.65 亿,
 * but 1,200 万 and 1,300 万.
 */
export function axisLabels(low: number, high: number, language: Language): (amount: number) => string {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low || largest || 1;
  const stepExponent = Math.floor(Math.log10(span / AXIS_PARTS));
  const unitExponent = unitExponents[language].find((exponent) => largest >= 10 ** exponent) ?? 0;
  const places = Math.min(PLACES_MAX, Math.max(0, unitExponent - stepExponent));
  return (amount) => formatShortAmount(amount.toFixed(2), language, places);
}
