import { type FormEvent, useState } from 'react';
import { isApiError } from '../../api/client.ts';
import { changeTarget, createTarget, type Target, type TargetInput } from '../../api/outbox.ts';
import { Button, Dialog, Field, Switch, TextInput, useErrorText } from '../../kit/kit.ts';
import { Secret } from '../../security/secret.tsx';
import { useTexts } from '../../texts/texts.ts';

const EMPTY: TargetInput = { label: { zh: '', en: '' }, url: '', internal: true, figures: false, active: true };

/** A target, new or changed; a new one's secret is handed over once. */
export function TargetForm({ target, onClose }: { target: Target | undefined; onClose: (secret?: string) => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [code, setCode] = useState(target?.code ?? '');
  const [draft, setDraft] = useState<TargetInput>(
    target
      ? {
          label: target.label,
          url: target.url,
          internal: target.internal,
          figures: target.figures,
          active: target.active,
        }
      : EMPTY,
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ field: string; text: string }>();
  const set = (part: Partial<TargetInput>) => setDraft({ ...draft, ...part });
  const wrong = (field: string) => (problem?.field === field ? problem.text : undefined);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const label = { zh: draft.label.zh.trim(), en: draft.label.en.trim() || draft.label.zh.trim() };
    const missing =
      code.trim() === '' ? 'code' : label.zh === '' ? 'label' : draft.url.trim() === '' ? 'url' : undefined;
    if (missing) {
      const names = { code: t('outbox.code'), label: t('outbox.nameZh'), url: t('outbox.url') };
      return setProblem({ field: missing, text: t('record.requiredField', { field: names[missing] }) });
    }
    setBusy(true);
    setProblem(undefined);
    try {
      const input = { ...draft, label, url: draft.url.trim() };
      if (target) {
        await changeTarget(target.code, target.version, input);
        return onClose();
      }
      return onClose((await createTarget(code.trim(), input)).secret);
    } catch (error) {
      const field = (isApiError(error) && error.field?.split('.')[0]) || 'url';
      setProblem({ field: ['code', 'label', 'url'].includes(field) ? field : 'url', text: errorText(error) });
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={t(target ? 'outbox.changeTarget' : 'outbox.newTarget')}
      onClose={() => onClose()}
      width={520}
      actions={
        <>
          <Button onClick={() => onClose()}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="webhook-target" busy={busy}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form id="webhook-target" className="outbox-form" onSubmit={(event) => void send(event)} noValidate>
        <Field label={t('outbox.code')} help={t('outbox.codeHelp')} error={wrong('code')} required>
          {(control) => (
            <TextInput
              {...control}
              maxLength={50}
              readOnly={target !== undefined}
              autoFocus={target === undefined}
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('outbox.nameZh')} error={wrong('label')} required>
          {(control) => (
            <TextInput
              {...control}
              maxLength={60}
              value={draft.label.zh}
              onChange={(event) => set({ label: { ...draft.label, zh: event.target.value } })}
            />
          )}
        </Field>
        <Field label={t('outbox.nameEn')}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={60}
              value={draft.label.en}
              onChange={(event) => set({ label: { ...draft.label, en: event.target.value } })}
            />
          )}
        </Field>
        <Field label={t('outbox.url')} help={t('outbox.urlHelp')} error={wrong('url')} required>
          {(control) => (
            <TextInput
              {...control}
              inputMode="url"
              maxLength={500}
              value={draft.url}
              onChange={(event) => set({ url: event.target.value })}
            />
          )}
        </Field>
        {(['internal', 'figures', 'active'] as const).map((part) => (
          <Field
            key={part}
            label={t(`outbox.${part}`)}
            help={part === 'active' ? undefined : t(part === 'internal' ? 'outbox.internalHelp' : 'outbox.figuresHelp')}
          >
            {(control) => (
              <Switch
                {...control}
                checked={draft[part]}
                label={t(`outbox.${part}`)}
                onChange={(on) => set({ [part]: on })}
              />
            )}
          </Field>
        ))}
      </form>
    </Dialog>
  );
}

/** The secret of a target, this once. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog
      title={t('outbox.secret')}
      onClose={onClose}
      width={520}
      actions={
        <Button look="primary" onClick={onClose}>
          {t('common.done')}
        </Button>
      }
    >
      <p>{t('outbox.secretShown')}</p>
      <Secret text={secret} label={t('outbox.secret')} />
    </Dialog>
  );
}
