import { type ComponentProps, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import { useTexts } from '../texts/texts.ts';
import { markForFocus } from './mark-for-focus.ts';

/** What a control takes so that its label, help and error are read together with it. */
export interface ControlProps {
  id: string;
  'aria-invalid'?: true;
  'aria-describedby'?: string;
  'aria-required'?: true;
}

interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  /** Worth a look, but nothing is wrong: the form is saved all the same. */
  warning?: ReactNode;
  required?: boolean | undefined;
  /** Takes the whole row of a form of two columns. */
  wide?: boolean;
  children: (control: ControlProps) => ReactNode;
}

/** A label, its control, and below it the help or what is wrong. */
export function Field({ label, help, error, warning, required, wide, children }: FieldProps) {
  const id = useId();
  const { t } = useTexts();
  const note = error ?? help;
  return (
    <div className={`field ${wide ? 'field-wide' : ''}`}>
      <label htmlFor={id} className="field-label">
        {label}
        {required && (
          <span className="field-required" title={t('common.required')}>
            *
          </span>
        )}
      </label>
      {children({
        id,
        ...(error ? { 'aria-invalid': true } : {}),
        ...(note ? { 'aria-describedby': `${id}-note` } : {}),
        ...(required ? { 'aria-required': true } : {}),
      })}
      {note && (
        <p id={`${id}-note`} className={error ? 'field-error' : 'field-help'} role={error ? 'alert' : undefined}>
          {note}
        </p>
      )}
      {warning && (
        <p className="field-warning" role="status">
          {warning}
        </p>
      )}
    </div>
  );
}

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      ref={rest.autoFocus ? markForFocus : undefined}
      {...rest}
      className={`input ${className ?? ''}`}
    />
  );
}

/** An amount or figure: right-aligned, decimal keyboard on phones, kept as text. */
export function NumberInput({
  suffix,
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { suffix?: string }) {
  const input = (
    <TextInput
      inputMode="decimal"
      style={suffix === undefined ? undefined : { paddingInlineEnd: `${suffixPx(suffix)}px` }}
      {...rest}
      className={`input-number ${className ?? ''}`}
    />
  );
  if (suffix === undefined) return input;
  return (
    <span className="input-with-suffix">
      {input}
      <span className="input-suffix">{suffix}</span>
    </span>
  );
}

/** Room for the unit behind a figure: Chinese letters are as wide as they are high, others about half. */
const suffixPx = (suffix: string): number =>
  20 + [...suffix].reduce((sum, letter) => sum + (letter > '\u2e80' ? 13 : 9), 0);

export interface Choice {
  value: string;
  label: string;
}

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange'> {
  value: string;
  choices: Choice[];
  /** Shown for the empty value; without it the empty value is not offered. */
  empty?: string;
  onChange: (value: string) => void;
}

export function Select({ choices, empty, onChange, className, ...rest }: SelectProps) {
  return (
    <select {...rest} className={`input select ${className ?? ''}`} onChange={(event) => onChange(event.target.value)}>
      {empty !== undefined && <option value="">{empty}</option>}
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  disabled?: boolean;
}

export function Switch({ checked, onChange, label, disabled, ...rest }: SwitchProps & Partial<ControlProps>) {
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        {...rest}
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="switch-track" />
      <span>{label}</span>
    </label>
  );
}

/** A few exclusive choices side by side. */
export function Segmented<V extends string>({
  value,
  choices,
  onChange,
  label,
}: {
  value: V;
  choices: { value: V; label: ReactNode }[];
  onChange: (value: V) => void;
  label: string;
}) {
  return (
    <fieldset className="segmented" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </fieldset>
  );
}
