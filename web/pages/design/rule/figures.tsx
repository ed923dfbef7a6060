import type { RuleValue } from '../../../api/rules.ts';
import { Button, Field, IconButton, Select, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { CodeSelect } from './code-select.tsx';
import { ExpressionField } from './expression-field.tsx';
import { Wrong } from './issues.tsx';
import type { RulePartProps } from './trigger.tsx';

const units = ['money', 'count', 'days', 'years', 'percent', 'number', 'date', 'text'] as const;

/** Figures of the rule's own, for its texts and its evidence: a share, the days left. */
export function Figures({ rule, names, disabled, onChange }: RulePartProps) {
  const { t } = useTexts();
  const values = Object.entries(rule.values ?? {});
  const put = (code: string, value: RuleValue) => onChange({ ...rule, values: { ...rule.values, [code]: value } });
  const drop = (code: string) => {
    const { [code]: _, ...rest } = rule.values ?? {};
    onChange({ ...rule, values: rest });
  };
  const add = () => {
    let number = 1;
    while (rule.values && Object.hasOwn(rule.values, `figure_${number}`)) number += 1;
    put(`figure_${number}`, { label: { zh: '', en: '' }, expression: '', unit: 'money' });
  };
  const parameters = names.filter(({ given, code }) => given === 'context' && code !== 'business_date');
  return (
    <div className="rule-figures">
      <span className="field-label">{t('rules.figures.title')}</span>
      <p className="field-help">{t('rules.figures.help')}</p>
      {values.map(([code, value]) => (
        <div key={code} className="rule-figure form-grid">
          <Field label={t('rules.figures.name', { code })}>
            {(control) => (
              <TextInput
                {...control}
                value={value.label.zh}
                maxLength={60}
                disabled={disabled}
                onChange={(event) =>
                  put(code, {
                    ...value,
                    label: {
                      zh: event.target.value,
                      en: value.label.en === value.label.zh ? event.target.value : value.label.en,
                    },
                  })
                }
              />
            )}
          </Field>
          <Field label={t('design.unit')}>
            {(control) => (
              <div className="rule-line">
                <Select
                  {...control}
                  value={value.unit}
                  disabled={disabled}
                  choices={units.map((unit) => ({ value: unit, label: t(`rules.figures.units.${unit}`) }))}
                  onChange={(unit) => put(code, { ...value, unit })}
                />
                {!disabled && (
                  <IconButton
                    icon="close"
                    label={t('rules.figures.drop', { name: value.label.zh || code })}
                    onClick={() => drop(code)}
                  />
                )}
              </div>
            )}
          </Field>
          <div className="field field-wide">
            <ExpressionField
              path={`values/${code}/expression`}
              value={value.expression}
              names={names}
              label={t('rules.figures.expression')}
              disabled={disabled}
              onChange={(expression) => put(code, { ...value, expression })}
            />
          </div>
          <Field label={t('rules.figures.above')}>
            {(control) => (
              <CodeSelect
                {...control}
                value={value.above ?? ''}
                empty={t('common.none')}
                choices={parameters}
                disabled={disabled}
                onChange={(above) => put(code, { ...value, above })}
              />
            )}
          </Field>
          <Wrong path={`values/${code}`} deep />
        </div>
      ))}
      {!disabled && (
        <Button look="quiet" icon="add" onClick={add}>
          {t('rules.figures.add')}
        </Button>
      )}
    </div>
  );
}
