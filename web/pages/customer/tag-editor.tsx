import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { profileQuery, type TagOfCustomer } from '../../api/customer.ts';
import { setCustomerTag, unsetCustomerTag } from '../../api/definitions.ts';
import { useInstitution, useMetadata } from '../../api/hooks.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  DateInput,
  Dialog,
  Field,
  IconButton,
  Select,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Tags that people set and take away themselves, for who may. */
export function TagEditor({ id, tags }: { id: string; tags: TagOfCustomer[] }) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const byHand = useMetadata().tags.filter(({ manual }) => manual);
  if (!useMay('customer_tag.set') || byHand.length === 0) return null;
  return (
    <>
      <IconButton icon="tag" label={t('design.customerTags.set')} onClick={() => setOpen(true)} />
      {open && <TagDialog id={id} tags={tags} onClose={() => setOpen(false)} />}
    </>
  );
}

function TagDialog({ id, tags, onClose }: { id: string; tags: TagOfCustomer[]; onClose: () => void }) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const { businessDate } = useInstitution();
  const byHand = useMetadata().tags.filter(({ manual }) => manual);
  const held = byHand.filter(({ code }) => tags.some((tag) => tag.code === code));
  const possible = byHand.filter((tag) => !held.includes(tag));
  const [tag, setTag] = useState(possible[0]?.code ?? '');
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const act = async (work: Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work;
      await queries.invalidateQueries({ queryKey: profileQuery(id).queryKey });
      toast(done);
      onClose();
    } catch (error) {
      toast(errorText(error), 'problem');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t('design.customerTags.title')}
      onClose={onClose}
      width={460}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="customer-tag"
            busy={busy}
            disabled={tag === '' || reason.trim() === ''}
          >
            {t('design.customerTags.set')}
          </Button>
        </>
      }
    >
      <form
        id="customer-tag"
        className="tag-editor"
        onSubmit={(event) => {
          event.preventDefault();
          const given = { reason: reason.trim(), ...(until ? { until } : {}) };
          void act(setCustomerTag(id, tag, given), t('design.customerTags.added'));
        }}
      >
        {held.length > 0 && (
          <div className="tag-editor-held">
            {held.map(({ code, label, color }) => (
              <span key={code}>
                <Badge colour={color}>{text(label)}</Badge>
                <IconButton
                  icon="close"
                  label={t('design.customerTags.remove', { name: text(label) })}
                  disabled={busy}
                  onClick={() => void act(unsetCustomerTag(id, code), t('design.customerTags.removed'))}
                />
              </span>
            ))}
          </div>
        )}
        <Field label={t('design.customerTags.tag')} required>
          {(control) => (
            <Select
              {...control}
              value={tag}
              choices={possible.map(({ code, label }) => ({ value: code, label: text(label) }))}
              onChange={setTag}
            />
          )}
        </Field>
        <Field label={t('design.customerTags.until')} help={t('design.customerTags.untilHelp')}>
          {(control) => (
            <DateInput
              {...control}
              value={until}
              {...(businessDate ? { min: businessDate } : {})}
              onChange={setUntil}
            />
          )}
        </Field>
        <Field label={t('design.customerTags.reason')} help={t('design.customerTags.reasonHelp')} required>
          {(control) => (
            <TextInput
              {...control}
              value={reason}
              maxLength={200}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
