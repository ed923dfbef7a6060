import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { definitionsQuery, isMemberKind } from '../../api/definitions.ts';
import type { Colour } from '../../api/types.ts';
import { Badge, Field, NumberInput, Segmented, Select, Skeleton, Switch, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { type FormProps, refusalOf } from './form-props.ts';
import { MetricForm } from './metric-form.tsx';
import { ParameterForm } from './parameter-form.tsx';
import { ConditionEditor } from './parts.ts';

const RuleForm = lazy(() => import('./rule/rule-form.tsx').then((module) => ({ default: module.RuleForm })));

/** What every definition has, around what its kind has besides. */
export function DefinitionForm(props: FormProps) {
  const { kind, body, disabled, onChange } = props;
  const { t } = useTexts();
  return (
    <>
      <section className="form-section">
        <div className="form-grid">
          <Field label={t('design.nameZh')} required>
            {(control) => (
              <TextInput
                {...control}
                value={body.label.zh}
                disabled={disabled}
                maxLength={100}
                onChange={(event) => onChange({ ...body, label: { ...body.label, zh: event.target.value } })}
              />
            )}
          </Field>
          <Field label={t('design.nameEn')} help={t('design.nameEnHelp', { code: body.code })}>
            {(control) => (
              <TextInput
                {...control}
                value={body.label.en}
                disabled={disabled}
                maxLength={100}
                onChange={(event) => onChange({ ...body, label: { ...body.label, en: event.target.value } })}
              />
            )}
          </Field>
        </div>
      </section>
      {kind === 'metrics' && <MetricForm {...props} />}
      {kind === 'tags' && <TagForm {...props} />}
      {kind === 'tiers' && <TierForm {...props} />}
      {kind === 'segments' && <Condition {...props} path="if" label={t('design.segments.who')} />}
      {kind === 'parameters' && <ParameterForm {...props} />}
      {kind === 'rules' && (
        <Suspense fallback={<Skeleton lines={12} />}>
          <RuleForm {...props} names={props.vocabulary.names} />
        </Suspense>
      )}
      <section className="form-section">
        <div className="form-grid">
          <Description {...props} />
          {isMemberKind(kind) && <ColourField {...props} />}
        </div>
      </section>
    </>
  );
}

function Description({ body, disabled, onChange }: FormProps) {
  const { t } = useTexts();
  const description = body.description ?? { zh: '', en: '' };
  return (['zh', 'en'] as const).map((language) => (
    <Field key={language} label={t(language === 'zh' ? 'design.descriptionZh' : 'design.descriptionEn')}>
      {(control) => (
        <TextInput
          {...control}
          value={description[language]}
          disabled={disabled}
          maxLength={500}
          onChange={(event) => onChange({ ...body, description: { ...description, [language]: event.target.value } })}
        />
      )}
    </Field>
  ));
}

const colours: Colour[] = ['grey', 'blue', 'teal', 'green', 'gold', 'amber', 'red', 'violet'];

function ColourField({ body, disabled, onChange }: FormProps) {
  const { t, text } = useTexts();
  return (
    <fieldset className="colours" aria-label={t('design.colour')}>
      <span className="field-label">{t('design.colour')}</span>
      <div className="colours-row">
        {colours.map((colour) => (
          <button
            key={colour}
            type="button"
            className="colour"
            aria-pressed={body.color === colour}
            aria-label={t(`design.colours.${colour}`)}
            title={t(`design.colours.${colour}`)}
            disabled={disabled}
            onClick={() => onChange({ ...body, color: colour })}
          >
            <Badge colour={colour}>{text(body.label) || t(`design.colours.${colour}`)}</Badge>
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function Condition({
  path,
  label,
  hint,
  body,
  vocabulary,
  disabled,
  issues,
  onChange,
  onReady,
}: FormProps & { path: 'if' | 'keep_if'; label: string; hint?: string }) {
  const { text } = useTexts();
  return (
    <section className="form-section">
      <h2 className="form-heading">{label}</h2>
      {hint && <p className="field-help">{hint}</p>}
      <Suspense fallback={<Skeleton lines={3} />}>
        <ConditionEditor
          value={body[path] ?? ''}
          vocabulary={vocabulary.names}
          label={label}
          disabled={disabled}
          refusal={refusalOf(issues, path, text)}
          onChange={(next, isReady) => {
            onReady(path, isReady);
            onChange({ ...body, [path]: next });
          }}
        />
      </Suspense>
    </section>
  );
}

/** A condition that may be missing altogether, behind a switch. */
function Staying(props: FormProps & { label: string; hint: string }) {
  const { body, disabled, onChange, onReady, label, hint } = props;
  return (
    <section className="form-section">
      <Switch
        checked={body.keep_if !== undefined}
        disabled={disabled}
        label={label}
        onChange={(on) => {
          onReady('keep_if', true);
          const { keep_if: _, ...rest } = body;
          // People begin with the condition to enter and loosen it.
          onChange(on ? { ...body, keep_if: body.if ?? '' } : rest);
        }}
      />
      <p className="field-help">{hint}</p>
      {body.keep_if !== undefined && <Condition {...props} path="keep_if" label={label} />}
    </section>
  );
}

function TagForm(props: FormProps) {
  const { body, whole, disabled, onChange, onReady } = props;
  const { t } = useTexts();
  const inForce = whole?.status === 'published';
  const {
    if: condition,
    keep_if: _keep,
    hold_days: _hold,
    manual: _manual,
    group: _group,
    above: _above,
    ...rest
  } = body;
  return (
    <>
      <section className="form-section">
        <Segmented
          label={t('design.tags.way')}
          value={body.manual ? 'manual' : 'automatic'}
          choices={[
            { value: 'automatic', label: t('design.tags.automatic') },
            { value: 'manual', label: t('design.tags.manual') },
          ]}
          onChange={(way) => {
            if (disabled || inForce) return;
            onReady('if', true);
            onReady('keep_if', true);
            onChange(way === 'manual' ? { ...rest, manual: true } : { ...rest, if: condition ?? '' });
          }}
        />
        <p className="field-help">{t(body.manual ? 'design.tags.manualHelp' : 'design.tags.automaticHelp')}</p>
      </section>
      {!body.manual && (
        <>
          <Condition {...props} path="if" label={t('design.tags.who')} />
          <section className="form-section form-grid">
            <Field label={t('design.tags.hold')} help={t('design.tags.holdHelp')}>
              {(control) => (
                <NumberInput
                  {...control}
                  suffix={t('design.daysUnit')}
                  value={body.hold_days ?? ''}
                  disabled={disabled}
                  onChange={(event) => {
                    const days = Number(event.target.value.replace(/\D/g, ''));
                    const { hold_days: _, ...others } = body;
                    onChange(days > 0 ? { ...body, hold_days: days } : others);
                  }}
                />
              )}
            </Field>
            <Field label={t('design.tags.group')} help={t('design.tags.groupHelp')}>
              {(control) => (
                <TextInput
                  {...control}
                  className="mono"
                  value={body.group ?? ''}
                  disabled={disabled}
                  onChange={(event) => {
                    const { above: _, ...others } = body;
                    onChange({ ...others, group: event.target.value.toLowerCase() });
                  }}
                />
              )}
            </Field>
            {body.group && <Precedence {...props} group={body.group} />}
          </section>
          <Staying {...props} label={t('design.tags.keep')} hint={t('design.tags.keepHelp')} />
        </>
      )}
    </>
  );
}

/** Before which tag of its group this one goes; unsaid it comes after those that stand there already. */
function Precedence({ body, group, disabled, onChange }: FormProps & { group: string }) {
  const { t, text } = useTexts();
  const others = (useQuery(definitionsQuery('tags')).data ?? []).filter(
    (other) => other.code !== body.code && other.body.group === group && other.status === 'published',
  );
  if (others.length === 0 && body.above === undefined) return null;
  return (
    <Field label={t('design.tags.above')} help={t('design.tags.aboveHelp')}>
      {(control) => (
        <Select
          {...control}
          value={body.above ?? ''}
          empty={t('design.tags.aboveNone')}
          disabled={disabled}
          choices={others.map(({ code, label }) => ({ value: code, label: text(label) }))}
          onChange={(above) => {
            const { above: _, ...rest } = body;
            onChange(above === '' ? rest : { ...body, above });
          }}
        />
      )}
    </Field>
  );
}

function TierForm(props: FormProps) {
  const { body, whole, disabled, onChange } = props;
  const { t } = useTexts();
  const lowest = whole !== undefined && whole.body.if === undefined;
  return (
    <>
      {lowest ? (
        <section className="form-section">
          <p className="quiet">{t('design.tiers.rest')}</p>
        </section>
      ) : (
        <>
          <Condition {...props} path="if" label={t('design.tiers.who')} />
          <Staying {...props} label={t('design.tiers.keep')} hint={t('design.tiers.keepHelp')} />
        </>
      )}
      <section className="form-section">
        <span className="field-label">{t('design.tiers.effective')}</span>
        <Segmented
          label={t('design.tiers.effective')}
          value={body.effective ?? 'daily'}
          choices={[
            { value: 'daily', label: t('design.tiers.daily') },
            { value: 'monthly', label: t('design.tiers.monthly') },
          ]}
          onChange={(effective) => {
            if (disabled) return;
            const { effective: _, ...rest } = body;
            onChange(effective === 'monthly' ? { ...body, effective } : rest);
          }}
        />
        <p className="field-help">{t('design.tiers.effectiveHelp')}</p>
      </section>
    </>
  );
}
