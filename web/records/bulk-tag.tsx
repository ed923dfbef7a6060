import { useInstitution, useMetadata } from '../api/hooks.ts';
import { DateInput, Field, Notice, Select, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';

export interface TagDraft {
  tag: string;
  until: string;
  reason: string;
}

/** Which tag to set for many customers or to take from them, until when and why: tags that people set themselves. */
export function TagFields({
  kind,
  draft,
  onChange,
}: {
  kind: 'tag' | 'untag';
  draft: TagDraft;
  onChange: (draft: TagDraft) => void;
}) {
  const { t, text } = useTexts();
  const { businessDate } = useInstitution();
  const byHand = useMetadata().tags.filter(({ manual }) => manual);
  if (byHand.length === 0) return <Notice kind="info">{t('design.customerTags.none')}</Notice>;
  return (
    <>
      <Field label={t('design.customerTags.tag')} required>
        {(control) => (
          <Select
            {...control}
            value={draft.tag}
            empty={t('common.select')}
            choices={byHand.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(tag) => onChange({ ...draft, tag })}
          />
        )}
      </Field>
      {kind === 'tag' && (
        <Field label={t('design.customerTags.until')} help={t('bulk.untilHelp')}>
          {(control) => (
            <DateInput
              {...control}
              value={draft.until}
              {...(businessDate ? { min: businessDate } : {})}
              onChange={(until) => onChange({ ...draft, until })}
            />
          )}
        </Field>
      )}
      <Field
        label={t('design.customerTags.reason')}
        help={kind === 'tag' ? t('design.customerTags.reasonHelp') : t('bulk.untagReason')}
        required={kind === 'tag'}
      >
        {(control) => (
          <TextInput
            {...control}
            value={draft.reason}
            maxLength={500}
            onChange={(event) => onChange({ ...draft, reason: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
