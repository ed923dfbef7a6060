import type { RuleBody } from '../../../api/rules.ts';
import { DateInput, Field, Select, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { ExpressionField } from './expression-field.tsx';
import { Figure } from './figure.tsx';
import { Figures } from './figures.tsx';
import { useIssue } from './issues.tsx';
import type { RulePartProps } from './trigger.tsx';

/** A whole number that may be missing. */
type FigurePart = 'cooldown_days' | 'order' | 'alerts_per_day' | 'hold_out_percent';

/** What most rules do without: how often, for whom not, between which dates, and figures of its own. */
export function Advanced(props: RulePartProps) {
  const { rule, choices, disabled, onChange } = props;
  const { t } = useTexts();
  const put = (part: Partial<RuleBody>) => onChange({ ...rule, ...part });
  const set = [
    rule.cooldown_days !== undefined && t('rules.advanced.cooldownSet', { count: rule.cooldown_days }),
    rule.effective && Object.keys(rule.effective).length > 0 && t('rules.advanced.effective'),
    rule.group && t('rules.advanced.groupSet', { name: rule.group }),
    (rule.hold_out_percent ?? 0) > 0 && t('rules.advanced.holdOutSet', { count: rule.hold_out_percent }),
    Object.keys(rule.values ?? {}).length > 0 &&
      t('rules.figures.set', { count: Object.keys(rule.values ?? {}).length }),
  ].filter((each) => typeof each === 'string');
  return (
    <details className="rule-advanced">
      <summary>
        <span>{t('rules.advanced.title')}</span> <span className="quiet">{set.join(t('filter.join'))}</span>
      </summary>
      <div className="form-grid">
        <FigureField {...props} part="cooldown_days" suffix={t('design.daysUnit')} />
        <Occasion {...props} />
        <FigureField {...props} part="hold_out_percent" suffix="%" fallback={0} />
        <FigureField {...props} part="alerts_per_day" fallback={20_000} />
        <Field label={t('rules.advanced.from')} error={useIssue('effective', true)}>
          {(control) => (
            <DateInput
              {...control}
              value={rule.effective?.from ?? ''}
              disabled={disabled}
              onChange={(from) => put({ effective: { ...rule.effective, from: from ?? '' } })}
            />
          )}
        </Field>
        <Field label={t('rules.advanced.until')}>
          {(control) => (
            <DateInput
              {...control}
              value={rule.effective?.until ?? ''}
              disabled={disabled}
              onChange={(until) => put({ effective: { ...rule.effective, until: until ?? '' } })}
            />
          )}
        </Field>
        <Field label={t('rules.advanced.group')} help={t('rules.advanced.groupHelp')} error={useIssue('group')}>
          {(control) => (
            <TextInput
              {...control}
              className="mono"
              value={rule.group ?? ''}
              maxLength={50}
              disabled={disabled}
              onChange={(event) => put({ group: event.target.value.toLowerCase() })}
            />
          )}
        </Field>
        <FigureField {...props} part="order" fallback={100} />
      </div>
      <Figures {...props} />
      {choices && <p className="field-help">{t('rules.advanced.about')}</p>}
    </details>
  );
}

function FigureField({
  rule,
  disabled,
  onChange,
  part,
  suffix,
  fallback,
}: RulePartProps & { part: FigurePart; suffix?: string; fallback?: number }) {
  const { t } = useTexts();
  const error = useIssue(part);
  return (
    <Field label={t(`rules.advanced.${part}`)} help={t(`rules.advanced.${part}_help`)} error={error}>
      {(control) => (
        <Figure
          {...control}
          value={rule[part] ?? fallback}
          {...(suffix === undefined ? {} : { suffix })}
          disabled={disabled}
          onChange={(value) => {
            const { [part]: _, ...rest } = rule;
            onChange((value === undefined ? rest : { ...rest, [part]: value }) as RuleBody);
          }}
        />
      )}
    </Field>
  );
}

/** What makes one firing different from another: by default what the trigger gives. */
function Occasion({ rule, names, disabled, onChange }: RulePartProps) {
  const { t } = useTexts();
  const { occasion } = rule;
  const way = occasion === undefined ? 'default' : occasion === 'business_date' ? 'daily' : 'other';
  return (
    <div className="field">
      <span className="field-label">{t('rules.advanced.occasion')}</span>
      <Select
        aria-label={t('rules.advanced.occasion')}
        value={way}
        disabled={disabled}
        choices={(['default', 'daily', 'other'] as const).map((code) => ({
          value: code,
          label: t(`rules.advanced.occasions.${code}`),
        }))}
        onChange={(next) => {
          const { occasion: _, ...rest } = rule;
          onChange(next === 'default' ? rest : { ...rest, occasion: next === 'daily' ? 'business_date' : '' });
        }}
      />
      {way === 'other' && (
        <ExpressionField
          path="occasion"
          value={occasion ?? ''}
          names={names}
          label={t('rules.advanced.occasion')}
          disabled={disabled}
          onChange={(next) => onChange({ ...rule, occasion: next })}
        />
      )}
      <p className="field-help">{t('rules.advanced.occasionHelp')}</p>
    </div>
  );
}
