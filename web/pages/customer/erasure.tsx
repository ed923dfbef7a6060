import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { post } from '../../api/client.ts';
import { profileQuery } from '../../api/customer.ts';
import { Button, Dialog, Field, Notice, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Shortest reason that the server takes. */
const REASON_CHARS_MIN = 5;
const REASON_CHARS_MAX = 500;

/** Asks for the reason and the typed number of the customer, then erases his personal data for good. */
export function Erasure({ id, number, onClose }: { id: string; number: string; onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const ready = reason.trim().length >= REASON_CHARS_MIN && typed.trim() === number;
  const erase = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await post(`/customers/${id}/erasure`, { reason: reason.trim() });
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
      return;
    }
    // Lists, search results and the record still hold what is gone.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'profile' && queryKey.includes('customers') });
    await queries.invalidateQueries({ queryKey: profileQuery(id).queryKey });
    toast(t('customer.erase.done'));
    onClose();
  };
  return (
    <Dialog title={t('customer.erase.title')} onClose={onClose} width={520}>
      <form className="form-stack" onSubmit={(event) => void erase(event)}>
        <Notice kind="danger">{t('customer.erase.warning')}</Notice>
        <dl className="erasure-effects">
          <dt>{t('customer.erase.destroyed')}</dt>
          <dd>{t('customer.erase.destroyedWhat')}</dd>
          <dt>{t('customer.erase.kept')}</dt>
          <dd>{t('customer.erase.keptWhat')}</dd>
        </dl>
        <p className="faint">{t('customer.erase.condition')}</p>
        <Field label={t('customer.erase.reason')} required help={t('customer.erase.reasonHint')}>
          {(control) => (
            <TextInput
              {...control}
              value={reason}
              maxLength={REASON_CHARS_MAX}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('customer.erase.confirm', { number })} required>
          {(control) => (
            <TextInput {...control} className="mono" value={typed} onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
        {problem && <Notice kind="danger">{problem}</Notice>}
        <footer className="form-foot">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="danger" type="submit" busy={busy} disabled={!ready}>
            {t('customer.erase.yes')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
