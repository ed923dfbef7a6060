import { useEffect, useMemo, useRef, useState } from 'react';
import { formatInstant } from '#kernel';
import type { Shown } from '../api/disclosure.ts';
import { useInstitution } from '../api/hooks.ts';
import type { Field } from '../api/types.ts';
import { Button } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';

const TICK_MS = 500;
const MARKS = 24;

interface ShownValueProps {
  shown: Shown;
  field: Field;
  /** Called when the time is over. */
  onOver: () => void;
  onHide: () => void;
}

/** The value under a watermark of who looks, when and what for; gone when its time is over. */
export function ShownValue({ shown, field, onOver, onHide }: ShownValueProps) {
  const { t } = useTexts();
  const left = useSecondsLeft(shown, onOver);
  const { value } = shown;
  return (
    <div className="form-stack">
      <div className="shown">
        <Watermark mark={shown.watermark} />
        <output className="shown-value">
          {value === null ? (
            <span className="faint">{t('common.none')}</span>
          ) : field.type === 'phone' ? (
            <a href={`tel:${value}`} title={t('disclosure.call')}>
              {value}
            </a>
          ) : (
            value
          )}
        </output>
      </div>
      <footer className="form-foot shown-foot">
        <span className="faint" role="timer">
          {t('disclosure.left', { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` })}
        </span>
        <span className="faint">{t('disclosure.recorded')}</span>
        <Button look="primary" icon="eyeOff" onClick={onHide}>
          {t('disclosure.hideNow')}
        </Button>
      </footer>
    </div>
  );
}

/** Counted from the server's clock by one that nobody can set: changing this device's time gives no second more. */
function useSecondsLeft({ now, expiresAt }: Shown, onOver: () => void): number {
  const end = useMemo(() => performance.now() + Date.parse(expiresAt) - Date.parse(now), [now, expiresAt]);
  const [left, setLeft] = useState(() => Math.ceil((end - performance.now()) / 1000));
  const over = useRef(onOver);
  over.current = onOver;
  useEffect(() => {
    const timer = setInterval(() => {
      const rest = Math.ceil((end - performance.now()) / 1000);
      setLeft(Math.max(0, rest));
      if (rest <= 0) over.current();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [end]);
  return left;
}

function Watermark({ mark }: { mark: Shown['watermark'] }) {
  const { zone } = useInstitution();
  const text = `${mark.name} ${mark.username} ${formatInstant(mark.at, zone)} ${mark.ticket}`;
  return (
    <div className="watermark" aria-hidden="true">
      {Array.from({ length: MARKS }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <span key={index}>{text}</span>
      ))}
    </div>
  );
}
