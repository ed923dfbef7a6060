import type { Duty, Role } from '../../api/governance.ts';
import { Field, Select, Switch, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import type { PartProps } from './scopes.tsx';

const FACTORS = ['', 'recommended', 'required'] as const;

/** Names, duty, and what holds of the role as a whole. */
export function About({ draft, vocabulary, onChange, problem }: PartProps) {
  const { t, text } = useTexts();
  const disabled = !onChange;
  const factorWords = { '': 'factorNone', recommended: 'factorRecommended', required: 'factorRequired' } as const;
  const wording = (part: 'label' | 'description', language: 'zh' | 'en', label: string) => (
    <Field
      label={label}
      required
      wide={part === 'description'}
      error={problem?.field?.startsWith(`role.${part}.${language}`) ? problem.message : undefined}
    >
      {(control) => (
        <TextInput
          {...control}
          disabled={disabled}
          value={draft[part][language]}
          onChange={(event) => onChange?.({ ...draft, [part]: { ...draft[part], [language]: event.target.value } })}
        />
      )}
    </Field>
  );
  const withFactor = (factor: string): Role => {
    const { second_factor: _, ...others } = draft;
    return factor === 'required' || factor === 'recommended' ? { ...others, second_factor: factor } : others;
  };
  return (
    <div className="role-about form-grid">
      {wording('label', 'zh', t('governance.roles.nameZh'))}
      {wording('label', 'en', t('governance.roles.nameEn'))}
      {wording('description', 'zh', t('governance.roles.about.descriptionZh'))}
      {wording('description', 'en', t('governance.roles.about.descriptionEn'))}
      <Field
        label={t('governance.roles.about.duty')}
        help={t('governance.roles.about.dutyHelp')}
        error={problem?.field === 'role.duty' ? problem.message : undefined}
      >
        {(control) => (
          <Select
            {...control}
            disabled={disabled}
            value={draft.duty}
            choices={vocabulary.duties.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(duty) => onChange?.({ ...draft, duty: duty as Duty })}
          />
        )}
      </Field>
      <Field label={t('governance.roles.about.factor')}>
        {(control) => (
          <Select
            {...control}
            disabled={disabled}
            value={draft.second_factor ?? ''}
            choices={FACTORS.map((value) => ({ value, label: t(`governance.roles.about.${factorWords[value]}`) }))}
            onChange={(factor) => onChange?.(withFactor(factor))}
          />
        )}
      </Field>
      <Field label={t('governance.roles.about.delegable')}>
        {(control) => (
          <Switch
            {...control}
            disabled={disabled}
            checked={draft.delegable}
            onChange={(delegable) => onChange?.({ ...draft, delegable })}
            label={t(draft.delegable ? 'governance.roles.about.delegableYes' : 'governance.roles.about.delegableNo')}
          />
        )}
      </Field>
    </div>
  );
}
