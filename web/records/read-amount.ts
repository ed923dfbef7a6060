/** `100万`, `1.5亿`, `2M` and `1,000` are amounts that people type. */
export function readAmount(typed: string): string | undefined {
  const match = /^(-?\d+(?:\.\d+)?)(万|亿|k|m|b)?$/i.exec(typed.replace(/[\s,，]/g, ''));
  if (!match) return undefined;
  const zeros = { 万: 4, 亿: 8, k: 3, m: 6, b: 9 }[match[2]?.toLowerCase() ?? ''] ?? 0;
  if (zeros === 0) return match[1];
  const [whole, fraction = ''] = match[1]!.split('.');
  const digits = `${whole}${fraction.padEnd(zeros, '0')}`;
  const cut = digits.length - Math.max(fraction.length - zeros, 0);
  const shifted = digits.slice(0, cut).replace(/^(-?)0+(?=\d)/, '$1');
  return `${shifted}${cut < digits.length ? `.${digits.slice(cut)}` : ''}`;
}
