import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import { markForFocus } from './mark-for-focus.ts';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one thing to do here. `quiet`: without a frame. `danger`: cannot be undone. */
  look?: 'plain' | 'primary' | 'quiet' | 'danger';
  icon?: IconName;
  busy?: boolean;
  /** Why it cannot be pressed now. The button stays in place and says so. */
  reason?: string | undefined;
  children?: ReactNode;
}

export function Button({ look = 'plain', icon, busy, reason, children, className, ...rest }: ButtonProps) {
  const refused = reason !== undefined || busy === true || rest.disabled === true;
  return (
    <button
      type="button"
      ref={rest.autoFocus ? markForFocus : undefined}
      {...rest}
      className={`button button-${look} ${children === undefined ? 'button-bare' : ''} ${className ?? ''}`}
      title={reason ?? rest.title}
      aria-busy={busy}
      disabled={refused}
    >
      {busy ? <span className="spinner" /> : icon ? <Icon name={icon} /> : null}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

/** A button of one icon; the label is read aloud and shown on hover. */
export function IconButton({ label, ...rest }: Omit<ButtonProps, 'children'> & { icon: IconName; label: string }) {
  return <Button look="quiet" {...rest} aria-label={label} title={rest.reason ?? label} />;
}

/** A key of the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>;
}
