import { useState } from 'react';
import { useSession } from '../../api/hooks.ts';
import type { Field, Value } from '../../api/types.ts';
import { RevealDialog } from '../../disclosure/reveal-dialog.tsx';
import { IconButton } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';

/** A value of the customer; where it is masked, the way to see it whole for a stated purpose. */
export function Revealable({ customer, field, value }: { customer: string; field: Field; value: Value | undefined }) {
  const { t, text } = useTexts();
  const { permissions } = useSession();
  const [open, setOpen] = useState(false);
  const masked = <Cell field={field} value={value} whole />;
  if (field.access.see !== 'masked' || !value || !permissions.includes('customers.reveal')) return masked;
  return (
    <span className="revealed">
      {masked}
      <IconButton
        icon="eye"
        label={t('disclosure.show', { field: text(field.label) })}
        className="reveal-button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      />
      {open && (
        <RevealDialog
          place={{ entity: 'customer', record: customer, field: field.code }}
          field={field}
          onClose={() => setOpen(false)}
        />
      )}
    </span>
  );
}
