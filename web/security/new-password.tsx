import { useState } from 'react';
import { Button, type ControlProps, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import './security.css';

interface NewPasswordProps {
  control: ControlProps;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}

/** A password to be chosen; it may be looked at, so it need not be typed twice. */
export function NewPassword({ control, value, onChange, autoFocus }: NewPasswordProps) {
  const { t } = useTexts();
  const [shown, setShown] = useState(false);
  return (
    <div className="new-password">
      <TextInput
        {...control}
        type={shown ? 'text' : 'password'}
        name="new-password"
        autoComplete="new-password"
        autoFocus={autoFocus}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <Button
        look="quiet"
        icon={shown ? 'eyeOff' : 'eye'}
        aria-label={shown ? t('signIn.hidePassword') : t('signIn.showPassword')}
        onClick={() => setShown(!shown)}
      />
    </div>
  );
}
