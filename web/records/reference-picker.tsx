import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useEntityByCode } from '../api/hooks.ts';
import { pickQuery } from '../api/queries.ts';
import type { Entity, Field, Reference, Row } from '../api/types.ts';
import { Combobox, type ControlProps } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { isReference } from './reference.ts';

const TYPING_MS = 200;

/** A row's own name, with what tells namesakes apart. */
function nameOf(entity: Entity, row: Row): string {
  const name = String(row[entity.title] ?? row.id);
  const beside = ['number', 'username', 'code']
    .filter((code) => code !== entity.title)
    .map((code) => row[code])
    .find((value) => typeof value === 'string' && value !== '');
  if (beside !== undefined) return `${name} · ${String(beside)}`;
  const customer = row.customer;
  return isReference(customer) ? `${name} · ${customer.label}` : name;
}

interface ReferencePickerProps extends Partial<ControlProps> {
  field: Field;
  value: Reference | null;
  onChange: (value: Reference | null) => void;
  disabled?: boolean;
  label?: string;
}

/** Points at a row of another entity: a few letters of its name find it. */
export function ReferencePicker({ field, value, onChange, disabled, label, ...control }: ReferencePickerProps) {
  const entity = useEntityByCode(field.ref);
  const [typed, setTyped] = useState<string>();
  const q = useDelayed(typed?.trim(), TYPING_MS);
  const codes = entity
    ? [entity.title, 'number', 'username', 'code', 'customer'].filter(
        (code, index, all) => all.indexOf(code) === index && entity.fields.some((each) => each.code === code),
      )
    : [];
  const found = useQuery({
    ...pickQuery(entity?.plural ?? '', q ?? '', codes),
    enabled: entity !== undefined && q !== undefined,
    placeholderData: keepPreviousData,
  });
  const rows = found.data?.rows ?? [];
  return (
    <Combobox
      {...control}
      label={label}
      disabled={disabled || entity === undefined}
      value={value && { value: value.id, label: value.label }}
      choices={entity ? rows.map((row) => ({ value: row.id, label: nameOf(entity, row) })) : []}
      loading={found.isFetching}
      onType={setTyped}
      onChange={(choice) => {
        const row = rows.find((each) => each.id === choice?.value);
        onChange(choice && { id: choice.value, label: String((row && entity && row[entity.title]) ?? choice.label) });
      }}
    />
  );
}
