import { useState } from 'react';
import { useInstitution } from '../../api/hooks.ts';
import { Badge, Field, NumberInput } from '../../kit/kit.ts';
import { readAmount } from '../../records/read-amount.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import type { FormProps } from './form-props.ts';
import { Value } from './parameter-list.tsx';

/** The value of a parameter in the unit that people say it in, beside the one that was shipped and what it touches. */
export function ParameterForm({ body, whole, disabled, onChange, onReady }: FormProps) {
  const { t, text } = useTexts();
  const { currency } = useInstitution();
  const [typed, setTyped] = useState<string>();
  const value = valueFor(body.value, currency);
  if (typeof value === 'object') {
    return (
      <section className="form-section">
        <Rates
          rates={value}
          disabled={disabled}
          onChange={(rates) => onChange({ ...body, value: put(body.value, currency, rates) })}
        />
      </section>
    );
  }
  const wrong = typed !== undefined && readAmount(typed.replace(/[%％元天]\s*$/, '')) === undefined;
  const suffix =
    body.type === 'money' ? currency : body.type === 'percent' ? '%' : body.type === 'days' ? t('design.daysUnit') : '';
  const shipped = whole?.parameter;
  return (
    <section className="form-section">
      <div className="form-grid">
        <Field
          label={t('design.paths.value')}
          error={wrong ? t('record.notNumber') : undefined}
          help={
            <>
              {shipped && (
                <>
                  {t('design.parameters.packValue')} <Value of={whole} which="packValue" />
                </>
              )}
              {body.type === 'money' && !wrong && value !== '' && (
                <>
                  {' · '}
                  <Measure value={value} unit="money" />
                </>
              )}
            </>
          }
          required
        >
          {(control) => (
            <NumberInput
              {...control}
              {...(suffix ? { suffix } : {})}
              value={typed ?? value}
              disabled={disabled}
              onChange={(event) => {
                setTyped(event.target.value);
                const read = readAmount(event.target.value.replace(/[%％元天]\s*$/, ''));
                onReady('value', read !== undefined);
                if (read !== undefined) onChange({ ...body, value: put(body.value, currency, read) });
              }}
              onBlur={() => {
                if (!wrong) setTyped(undefined);
              }}
            />
          )}
        </Field>
        <div className="field">
          <span className="field-label">{t('design.usedBy')}</span>
          <span className="design-uses">
            {(whole?.usedBy ?? []).map((use) => (
              <Badge key={`${use.kind} ${use.code}`}>{text(use.label)}</Badge>
            ))}
            {(whole?.usedBy ?? []).length === 0 && <span className="faint">{t('common.none')}</span>}
          </span>
        </div>
      </div>
    </section>
  );
}

/** The value for books in a currency. */
function valueFor(value: unknown, currency: string): string | Record<string, string> {
  if (typeof value === 'object' && value !== null && 'by_currency' in value) {
    const found = (value as { by_currency: Record<string, unknown> }).by_currency[currency];
    return typeof found === 'object' && found !== null ? (found as Record<string, string>) : String(found ?? '');
  }
  return value === undefined || value === null ? '' : String(value);
}

/** Another value for this currency; those for others stay. */
function put(value: FormProps['body']['value'], currency: string, next: unknown): FormProps['body']['value'] {
  return typeof value === 'object' ? { by_currency: { ...value.by_currency, [currency]: next } } : (next as string);
}

function Rates({
  rates,
  disabled,
  onChange,
}: {
  rates: Record<string, string>;
  disabled: boolean;
  onChange: (rates: Record<string, string>) => void;
}) {
  return (
    <div className="form-grid">
      {Object.entries(rates).map(([code, rate]) => (
        <Field key={code} label={code}>
          {(control) => (
            <NumberInput
              {...control}
              value={rate}
              disabled={disabled}
              onChange={(event) => onChange({ ...rates, [code]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
