import { Suspense } from 'react';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Skeleton } from '../../../kit/kit.ts';
import { CalculationEditor } from '../parts.ts';
import { useRefusal } from './issues.tsx';
import { useReady } from './ready.tsx';

/** A calculation inside a rule: an amount, a value to watch, an occasion. */
export function ExpressionField({
  path,
  value,
  names,
  expected,
  label,
  disabled,
  onChange,
}: {
  path: string;
  value: string;
  names: readonly VocabularyName[];
  /** The type that it must give; without it any. */
  expected?: 'number';
  label: string;
  disabled: boolean;
  onChange: (text: string) => void;
}) {
  const refusal = useRefusal(path);
  const setReady = useReady(path);
  return (
    <Suspense fallback={<Skeleton lines={2} />}>
      <CalculationEditor
        value={value}
        vocabulary={names}
        expected={expected}
        label={label}
        disabled={disabled}
        refusal={refusal}
        rows={1}
        onChange={(text, ready) => {
          setReady(ready || text.trim() === '');
          onChange(text);
        }}
      />
    </Suspense>
  );
}
