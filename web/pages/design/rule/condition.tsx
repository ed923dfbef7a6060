import { Suspense } from 'react';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Skeleton } from '../../../kit/kit.ts';
import { ConditionEditor } from '../parts.ts';
import { useRefusal } from './issues.tsx';
import { useReady } from './ready.tsx';

/** A condition inside a rule; tells the page whether it is whole. */
export function Condition({
  path,
  value,
  names,
  label,
  disabled,
  onChange,
}: {
  path: string;
  value: string;
  names: readonly VocabularyName[];
  label: string;
  disabled: boolean;
  onChange: (text: string) => void;
}) {
  const refusal = useRefusal(path);
  const setReady = useReady(path);
  return (
    <Suspense fallback={<Skeleton lines={2} />}>
      <ConditionEditor
        value={value}
        vocabulary={names}
        label={label}
        disabled={disabled}
        refusal={refusal}
        onChange={(text, ready) => {
          setReady(ready);
          onChange(text);
        }}
      />
    </Suspense>
  );
}
