import type { ReactNode } from 'react';
import { currencySign, formatCount, formatDecimal, formatInstant, type Language, shortAmount } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { useTexts } from '../texts/texts.ts';

interface MoneyProps {
  /** A decimal text; nothing stands as a dash. */
  value: string | null | undefined;
  /** Every digit instead of 万 / 亿 or K / M. */
  full?: boolean;
  /** Put the sign of the currency before it. */
  sign?: boolean;
  currency?: string;
}

/** The bounds of a band in the units that people say them in: 100万–500万, 1M–5M. */
function bandText(band: string, language: Language): string {
  return band.replace(/\d[\d,]*/g, (bound) => {
    const { figure, unit } = shortAmount(bound.replaceAll(',', ''), language);
    return `${figure.replace(/\.0+$/, '')}${unit}`;
  });
}

const isDecimal = (value: string) => /^-?\d+(\.\d+)?$/.test(value);

/** An amount: short, with the full figure on hover; negative amounts are red. */
export function Money({ value, full, sign, currency }: MoneyProps) {
  const { language, t } = useTexts();
  const institution = useInstitution();
  if (value === null || value === undefined || value === '') return <span className="faint">{t('common.none')}</span>;
  // Who sees amounts masked gets a band: 1,000,000–5,000,000.
  if (!isDecimal(value)) return <span className="money">{bandText(value, language)}</span>;
  const mark = currencySign(currency ?? institution.currency);
  const whole = formatDecimal(value);
  const { figure, unit } = full ? { figure: whole, unit: '' } : shortAmount(value, language);
  return (
    <span className={`money ${value.startsWith('-') ? 'negative' : ''}`} title={`${mark} ${whole}`}>
      {sign && <span className="money-sign">{mark}</span>}
      {figure}
      {unit !== '' && <span className="money-unit">{unit}</span>}
    </span>
  );
}

/** A change of an amount or share: with its sign, in the colours of rise and fall. */
export function Change({ value, children }: { value: string; children: ReactNode }) {
  const falls = value.startsWith('-');
  const flat = /^-?0*\.?0*$/.test(value);
  return (
    <span className={flat ? 'faint' : falls ? 'fall' : 'rise'}>
      {!falls && !flat && '+'}
      {children}
    </span>
  );
}

export function Count({ value }: { value: number | string | null | undefined }) {
  const { t } = useTexts();
  return value === null || value === undefined ? <span className="faint">{t('common.none')}</span> : formatCount(value);
}

/** A calendar date, or an instant in the zone of the institution. */
export function DateText({ value, detail }: { value: string | null | undefined; detail?: 'minute' | 'second' }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  if (!value) return <span className="faint">{t('common.none')}</span>;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return <time dateTime={value}>{value}</time>;
  return (
    <time dateTime={value} title={formatInstant(value, zone, 'second')}>
      {formatInstant(value, zone, detail)}
    </time>
  );
}

/** A figure with what it stands for above it. */
export function KeyFigure({ label, children, hint }: { label: ReactNode; children: ReactNode; hint?: ReactNode }) {
  return (
    <div className="key-figure">
      <span className="key-figure-label">{label}</span>
      <span className="key-figure-value">{children}</span>
      {hint && <span className="key-figure-hint">{hint}</span>}
    </div>
  );
}

/** How far something has come: `share` from 0 to 1, or unknown. */
export function Progress({ share, label }: { share: number | null; label: string }) {
  return share === null ? (
    <progress className="progress" aria-label={label} />
  ) : (
    <progress className="progress" value={Math.min(1, Math.max(0, share))} max={1} aria-label={label} />
  );
}
