import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Purpose, purposes, reveal } from '../../api/customer.ts';
import { useSession } from '../../api/hooks.ts';
import type { Field, Value } from '../../api/types.ts';
import { Icon, IconButton, Popover, toast, useErrorText } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';

const TICK_MS = 1_000;

interface Shown {
  value: string | null;
  untilMs: number;
}

/** A value of the customer; where it is masked, the way to see it whole: say what for, see it for a minute. */
export function Revealable({ customer, field, value }: { customer: string; field: Field; value: Value | undefined }) {
  const { t, text } = useTexts();
  const { permissions } = useSession();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useState<Shown>();
  const [nowMs, setNowMs] = useState(0);
  const anchor = useRef<HTMLSpanElement>(null);
  const left = shown ? Math.ceil((shown.untilMs - nowMs) / TICK_MS) : 0;

  useEffect(() => {
    if (!shown) return;
    const timer = setInterval(() => {
      setNowMs(Date.now());
      if (Date.now() >= shown.untilMs) setShown(undefined);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [shown]);

  const masked = <Cell field={field} value={value} whole />;
  if (field.access.see !== 'masked' || !value || !permissions.includes('customers.reveal')) return masked;

  const ask = (purpose: Purpose) => {
    setAsking(false);
    reveal(customer, field.code, purpose).then(
      (answer) => {
        setNowMs(Date.now());
        setShown({ value: answer.value, untilMs: Date.parse(answer.expiresAt) });
      },
      (error: unknown) => toast(errorText(error), 'problem'),
    );
  };

  if (shown) {
    return (
      <span className="revealed">
        <Whole field={field} value={shown.value} />
        <button
          type="button"
          className="reveal-button"
          title={t('customer.hideNow')}
          onClick={() => setShown(undefined)}
        >
          <Icon name="eyeOff" size={14} />
          <span className="faint">{t('customer.revealed', { seconds: left })}</span>
        </button>
      </span>
    );
  }
  return (
    <span ref={anchor} className="revealed">
      {masked}
      <IconButton
        icon="eye"
        label={t('customer.reveal', { field: text(field.label) })}
        className="reveal-button"
        aria-haspopup="menu"
        aria-expanded={asking}
        onClick={() => setAsking(!asking)}
      />
      <Popover open={asking} onClose={() => setAsking(false)} anchor={anchor} className="menu">
        <div className="reveal-ask">
          <strong>{t('customer.revealTitle')}</strong>
          <p className="faint">{t('customer.revealHint')}</p>
        </div>
        <div role="menu">
          {purposes.map((purpose) => (
            <button key={purpose} type="button" role="menuitem" className="menu-item" onClick={() => ask(purpose)}>
              <span>{t(`customer.purposes.${purpose}`)}</span>
            </button>
          ))}
        </div>
      </Popover>
    </span>
  );
}

function Whole({ field, value }: { field: Field; value: string | null }): ReactNode {
  const { t } = useTexts();
  if (value === null) return <span className="faint">{t('common.none')}</span>;
  if (field.type === 'phone') {
    return (
      <a href={`tel:${value}`} title={t('customer.call')}>
        {value}
      </a>
    );
  }
  return value;
}
