import { Suspense } from 'react';
import type { Body, Measure, MeasureFunction, MetricUnit, Vocabulary } from '../../api/definitions.ts';
import { Field, NumberInput, Select, Skeleton } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { type FormProps, refusalOf } from './form-props.ts';
import { type MetricForm as Form, formOf, metricForms, windowOf } from './kinds.ts';
import { useMetricWords } from './metric-words.ts';
import { CalculationEditor, ConditionEditor } from './parts.ts';

/** How a metric comes about: what of what, where, over which time; a ratio, a calculation, a household's, a ledger's. */
export function MetricForm(props: FormProps) {
  const { body, vocabulary, disabled, onChange, onReady } = props;
  const { t, text } = useTexts();
  const words = useMetricWords(vocabulary);
  const form = formOf(body);
  return (
    <>
      <section className="form-section">
        <Field label={t('design.metrics.form')} help={t(`design.metrics.formHelp.${form}`)}>
          {(control) => (
            <Select
              {...control}
              value={form}
              disabled={disabled}
              choices={metricForms.map((code) => ({ value: code, label: t(`design.metrics.forms.${code}`) }))}
              onChange={(next) => {
                for (const path of ['measure/where', 'expression']) onReady(path, true);
                onChange(withForm(body, next as Form, vocabulary));
              }}
            />
          )}
        </Field>
      </section>
      {form === 'measure' && <MeasureForm {...props} measure={body.measure!} />}
      {form === 'ratio' && <RatioForm {...props} />}
      {form === 'expression' && <ExpressionForm {...props} />}
      {form === 'household' && <HouseholdForm {...props} />}
      {form === 'ledger' && <LedgerForm {...props} />}
      <section className="form-section">
        <div className="form-grid">
          <Field label={t('design.unit')}>
            {(control) => (
              <Select
                {...control}
                value={body.unit ?? 'count'}
                disabled={disabled || form === 'ratio'}
                choices={vocabulary.units.map(({ code, label }) => ({ value: code, label: text(label) }))}
                onChange={(unit) => onChange({ ...body, unit: unit as MetricUnit })}
              />
            )}
          </Field>
        </div>
        <p className="metric-sentence" aria-live="polite">
          <span className="faint">{t('design.conditions.reads')}</span> {words(body)}
        </p>
      </section>
    </>
  );
}

/** The definition in another form, with what that begins with. */
function withForm(body: Body, form: Form, vocabulary: Vocabulary): Body {
  const { measure: _m, ratio: _r, expression: _e, household: _h, ledger: _l, ...rest } = body;
  const metrics = metricNames(vocabulary);
  const first = metrics[0]?.code ?? '';
  switch (form) {
    case 'measure':
      return { ...rest, unit: 'money', measure: { function: 'sum', entity: 'transaction', field: 'amount', days: 30 } };
    case 'ratio':
      return { ...rest, unit: 'percent', ratio: { of: first, to: metrics[1]?.code ?? first } };
    case 'expression':
      return { ...rest, expression: '' };
    case 'household':
      return { ...rest, household: { function: 'sum', of: first } };
    case 'ledger':
      return { ...rest, unit: 'money', ledger: 'total' };
  }
}

export const metricNames = (vocabulary: Vocabulary) => vocabulary.names.filter(({ group }) => group.code === 'metric');

const numeric = new Set(['money', 'integer', 'decimal', 'percent']);
const dated = new Set(['date', 'datetime']);

/** Fields that a function can work on. */
function fieldsFor(entity: Vocabulary['entities'][number] | undefined, wanted: MeasureFunction) {
  return (entity?.fields ?? []).filter(({ type }) => {
    if (wanted === 'sum' || wanted === 'average') return numeric.has(type);
    if (wanted === 'min' || wanted === 'max' || wanted === 'last') return numeric.has(type) || dated.has(type);
    return true;
  });
}

function unitFor(wanted: MeasureFunction, type: string | undefined): MetricUnit {
  if (wanted === 'count' || wanted === 'distinct') return 'count';
  if (type === 'money') return 'money';
  if (type === 'percent') return 'percent';
  return dated.has(type ?? '') ? 'date' : 'count';
}

function MeasureForm({
  body,
  measure,
  vocabulary,
  disabled,
  issues,
  onChange,
  onReady,
}: FormProps & { measure: Measure }) {
  const { t, text } = useTexts();
  const entity = vocabulary.entities.find(({ code }) => code === measure.entity);
  const fields = fieldsFor(entity, measure.function);
  const dateFields = (entity?.fields ?? []).filter(({ type }) => dated.has(type));
  const isFact = entity?.storage === 'fact';
  const put = (next: Measure) => {
    const of = vocabulary.entities.find(({ code }) => code === next.entity);
    const possible = fieldsFor(of, next.function);
    const { field: before, date, ...rest } = next;
    const field =
      next.function === 'count' ? undefined : possible.some(({ code }) => code === before) ? before : possible[0]?.code;
    const type = of?.fields.find(({ code }) => code === field)?.type;
    const needsDate = of?.storage !== 'fact' && (windowOf(next) !== 'all' || next.function === 'last');
    const firstDate = of?.fields.find((each) => dated.has(each.type))?.code;
    onChange({
      ...body,
      unit: unitFor(next.function, type),
      measure: {
        ...rest,
        ...(field && { field }),
        ...(needsDate && (date ?? firstDate) ? { date: date ?? firstDate! } : {}),
      },
    });
  };
  const window = windowOf(measure);
  const windows = [
    ...(isFact ? [] : [{ code: 'all', label: { zh: t('design.metrics.allRows'), en: t('design.metrics.allRows') } }]),
    ...vocabulary.windows,
    ...(isFact && window === 'all'
      ? [{ code: 'all', label: { zh: t('design.metrics.untilNow'), en: t('design.metrics.untilNow') } }]
      : []),
  ];
  return (
    <>
      <section className="form-section">
        <div className="measure-line">
          <Select
            aria-label={t('design.metrics.window')}
            value={window}
            disabled={disabled}
            choices={windows.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(code) => {
              const { days: _d, calendar: _c, window: _w, ...rest } = measure;
              const found = vocabulary.windows.find((each) => each.code === code);
              put({ ...rest, ...(found?.measure ?? {}) } as Measure);
            }}
          />
          {measure.days !== undefined && window !== 'today' && (
            <NumberInput
              aria-label={t('design.metrics.days')}
              className="measure-days"
              value={String(measure.days)}
              disabled={disabled}
              suffix={t(measure.calendar ? 'design.tradingDaysUnit' : 'design.daysUnit')}
              onChange={(event) => {
                const days = Number(event.target.value.replace(/\D/g, ''));
                put({ ...measure, days: Math.max(1, days) });
              }}
            />
          )}
          <Select
            aria-label={t('design.metrics.entity')}
            value={measure.entity}
            disabled={disabled}
            choices={vocabulary.entities.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(code) => {
              onReady('measure/where', true);
              const { where: _w, date: _d, ...rest } = measure;
              const of = vocabulary.entities.find((each) => each.code === code);
              const { days: _n, calendar: _c, window: _p, ...plain } = rest;
              // Records count as they stand; facts need a time to look back.
              put(of?.storage === 'fact' ? { ...plain, days: 30, entity: code } : { ...plain, entity: code });
            }}
          />
          <span className="quiet">{t('design.metrics.ofThe')}</span>
          {measure.function !== 'count' && (
            <Select
              aria-label={t('design.metrics.field')}
              value={measure.field ?? ''}
              empty={t('common.select')}
              disabled={disabled}
              choices={fields.map(({ code, label }) => ({ value: code, label: text(label) }))}
              onChange={(field) => put({ ...measure, field })}
            />
          )}
          <Select
            aria-label={t('design.metrics.function')}
            value={measure.function}
            disabled={disabled}
            choices={vocabulary.aggregates.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(next) => put({ ...measure, function: next as MeasureFunction })}
          />
        </div>
        {!isFact && (measure.date !== undefined || window !== 'all' || measure.function === 'last') && (
          <Field label={t('design.metrics.date')} help={t('design.metrics.dateHelp')}>
            {(control) => (
              <Select
                {...control}
                value={measure.date ?? ''}
                empty={t('common.select')}
                disabled={disabled}
                choices={dateFields.map(({ code, label }) => ({ value: code, label: text(label) }))}
                onChange={(date) => put({ ...measure, date })}
              />
            )}
          </Field>
        )}
      </section>
      <section className="form-section">
        <h2 className="form-heading">{t('design.metrics.where', { entity: text(entity?.label) })}</h2>
        <Suspense fallback={<Skeleton lines={2} />}>
          <ConditionEditor
            key={measure.entity}
            value={measure.where ?? ''}
            vocabulary={entity?.names ?? NO_NAMES}
            label={t('design.metrics.where', { entity: text(entity?.label) })}
            disabled={disabled}
            refusal={refusalOf(issues, 'measure/where', text)}
            onChange={(where, isReady) => {
              onReady('measure/where', isReady);
              onChange({ ...body, measure: { ...measure, where } });
            }}
          />
        </Suspense>
      </section>
    </>
  );
}

const NO_NAMES: Vocabulary['names'] = [];

function MetricSelect({
  label,
  value,
  vocabulary,
  disabled,
  onChange,
}: {
  label: string;
  value: string;
  vocabulary: Vocabulary;
  disabled: boolean;
  onChange: (code: string) => void;
}) {
  const { text } = useTexts();
  const names = metricNames(vocabulary).filter(({ type }) => type === 'number');
  return (
    <Select
      aria-label={label}
      value={value}
      disabled={disabled}
      choices={names.map((name) => ({ value: name.code, label: text(name.label) }))}
      onChange={onChange}
    />
  );
}

function RatioForm({ body, vocabulary, disabled, onChange }: FormProps) {
  const { t } = useTexts();
  const ratio = body.ratio!;
  return (
    <section className="form-section measure-line">
      <MetricSelect
        label={t('design.metrics.ratioOf')}
        value={ratio.of}
        vocabulary={vocabulary}
        disabled={disabled}
        onChange={(of) => onChange({ ...body, ratio: { ...ratio, of } })}
      />
      <span className="quiet">{t('design.metrics.ratioTo')}</span>
      <MetricSelect
        label={t('design.metrics.ratioTo')}
        value={ratio.to}
        vocabulary={vocabulary}
        disabled={disabled}
        onChange={(to) => onChange({ ...body, ratio: { ...ratio, to } })}
      />
      <span className="quiet">{t('design.metrics.ratioPercent')}</span>
    </section>
  );
}

function ExpressionForm({ body, vocabulary, disabled, issues, onChange, onReady }: FormProps) {
  const { t, text } = useTexts();
  return (
    <section className="form-section">
      <h2 className="form-heading">{t('design.metrics.expression')}</h2>
      <Suspense fallback={<Skeleton lines={2} />}>
        <CalculationEditor
          value={body.expression ?? ''}
          vocabulary={vocabulary.names}
          expected={body.unit === 'date' ? 'date' : 'number'}
          label={t('design.metrics.expression')}
          disabled={disabled}
          refusal={refusalOf(issues, 'expression', text)}
          onChange={(expression, isReady) => {
            onReady('expression', isReady);
            onChange({ ...body, expression });
          }}
        />
      </Suspense>
    </section>
  );
}

const householdFunctions = ['sum', 'max', 'min', 'count'] as const;

function HouseholdForm({ body, vocabulary, disabled, onChange }: FormProps) {
  const { t } = useTexts();
  const household = body.household!;
  return (
    <section className="form-section measure-line">
      <span className="quiet">{t('design.metrics.householdOf')}</span>
      <MetricSelect
        label={t('design.metrics.householdMetric')}
        value={household.of}
        vocabulary={vocabulary}
        disabled={disabled}
        onChange={(of) => onChange({ ...body, household: { ...household, of } })}
      />
      <Select
        aria-label={t('design.metrics.function')}
        value={household.function}
        disabled={disabled}
        choices={householdFunctions.map((code) => ({ value: code, label: t(`design.metrics.household.${code}`) }))}
        onChange={(next) =>
          onChange({ ...body, household: { ...household, function: next as (typeof householdFunctions)[number] } })
        }
      />
    </section>
  );
}

function LedgerForm({ body, vocabulary, disabled, onChange }: FormProps) {
  const { t, text } = useTexts();
  const now = JSON.stringify(body.ledger);
  return (
    <section className="form-section">
      <Field label={t('design.metrics.ledger')}>
        {(control) => (
          <Select
            {...control}
            value={now}
            disabled={disabled}
            choices={vocabulary.ledgers.map(({ value, label }) => ({
              value: JSON.stringify(value),
              label: text(label),
            }))}
            onChange={(next) => onChange({ ...body, ledger: JSON.parse(next) as Body['ledger'] & {} })}
          />
        )}
      </Field>
    </section>
  );
}
