import type { Due } from '../../../api/rules.ts';
import { Field, Select, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Figure } from './figure.tsx';
import { useIssue } from './issues.tsx';

/** By when: so many working hours after work begins, or a time of the day some workdays later. */
export function DueField({
  path,
  value,
  disabled,
  onChange,
}: {
  path: string;
  value: Due;
  disabled: boolean;
  onChange: (due: Due) => void;
}) {
  const { t } = useTexts();
  const inHours = 'working_hours' in value;
  return (
    <Field label={t('rules.due.label')} error={useIssue(path, true)}>
      {(control) => (
        <div className="rule-line">
          <Figure
            {...control}
            label={t('rules.due.count')}
            fraction={inHours}
            value={inHours ? value.working_hours : value.workdays}
            disabled={disabled}
            onChange={(count = inHours ? 0 : 1) =>
              onChange(inHours ? { working_hours: count } : { ...value, workdays: count })
            }
          />
          <Select
            aria-label={t('rules.due.unit')}
            value={inHours ? 'hours' : 'days'}
            disabled={disabled}
            choices={(['hours', 'days'] as const).map((code) => ({ value: code, label: t(`rules.due.units.${code}`) }))}
            onChange={(unit) => {
              if ((unit === 'hours') === inHours) return;
              onChange(unit === 'hours' ? { working_hours: 2 } : { workdays: 1, at: '17:30' });
            }}
          />
          {!inHours && (
            <TextInput
              inputMode="numeric"
              placeholder="17:30"
              maxLength={5}
              className="rule-time"
              aria-label={t('rules.due.at')}
              value={value.at}
              disabled={disabled}
              onChange={(event) => onChange({ ...value, at: event.target.value.replace('：', ':') })}
            />
          )}
        </div>
      )}
    </Field>
  );
}
