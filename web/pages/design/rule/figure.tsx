import { useState } from 'react';
import { type ControlProps, NumberInput } from '../../../kit/kit.ts';

interface FigureProps extends Partial<ControlProps> {
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  suffix?: string;
  disabled?: boolean;
  label?: string;
  placeholder?: string;
  /** Fractions may be typed, such as half an hour. */
  fraction?: boolean;
}

/** A whole number, or none; while something else stands there, what was typed stays. */
export function Figure({ value, onChange, label, fraction = false, ...rest }: FigureProps) {
  const [typed, setTyped] = useState<string>();
  const wanted = fraction ? /^-?\d{1,7}(\.\d{0,2})?$/ : /^-?\d{1,7}$/;
  return (
    <NumberInput
      {...rest}
      aria-label={label}
      aria-invalid={
        rest['aria-invalid'] ?? (typed !== undefined && typed !== '' && !wanted.test(typed) ? true : undefined)
      }
      value={typed ?? (value === undefined ? '' : String(value))}
      onChange={(event) => {
        const next = event.target.value.trim();
        setTyped(next);
        if (next === '') onChange(undefined);
        else if (wanted.test(next)) onChange(Number(next));
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
