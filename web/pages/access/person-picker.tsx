import { useEntityByCode } from '../../api/hooks.ts';
import type { Reference } from '../../api/types.ts';
import type { ControlProps } from '../../kit/kit.ts';
import { ReferencePicker } from '../../records/reference-picker.tsx';

interface PersonPickerProps extends Partial<ControlProps> {
  value: Reference | null;
  onChange: (value: Reference | null) => void;
  label?: string;
}

/** One of the institution's people, found by a few letters. */
export function PersonPicker({ value, onChange, label, ...control }: PersonPickerProps) {
  const field = useEntityByCode('post')?.fields.find(({ code }) => code === 'user');
  if (!field) return null;
  return <ReferencePicker {...control} field={field} value={value} onChange={onChange} {...(label ? { label } : {})} />;
}
