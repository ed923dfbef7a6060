import { useState } from 'react';
import type { Text } from '#kernel';
import type { DateTrigger, RuleChoices } from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Button, IconButton, Select } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Line } from './blocks.tsx';
import { CodeSelect } from './code-select.tsx';
import { Figure } from './figure.tsx';

const FESTIVAL = 'festival:';

interface DateTriggerProps {
  date: DateTrigger;
  names: readonly VocabularyName[];
  festivals: readonly { code: string; label: Text }[];
  limits: RuleChoices['limits'] | undefined;
  disabled: boolean;
  onChange: (date: DateTrigger) => void;
}

/** A date of the customer, of the record or of the year, with the days before and after it on which the rule looks. */
export function DateTriggerForm({ date, names, festivals, limits, disabled, onChange }: DateTriggerProps) {
  const { t } = useTexts();
  const dates = names
    .filter(({ type, given }) => type === 'date' && given !== 'context')
    .map(({ code, label }) => ({ code, label }));
  const isFestival = date.of.startsWith(FESTIVAL);
  return (
    <div className="rule-date">
      <Line>
        <CodeSelect
          label={t('rules.date.of')}
          value={date.of}
          choices={[...dates, ...festivals.map(({ code, label }) => ({ code: `${FESTIVAL}${code}`, label }))]}
          disabled={disabled}
          onChange={(of) => onChange({ ...date, of })}
        />
        {!isFestival && (
          <Select
            aria-label={t('rules.date.repeat')}
            value={date.repeat ?? 'once'}
            disabled={disabled}
            choices={(['once', 'yearly', 'lunar'] as const).map((code) => ({
              value: code,
              label: t(`rules.date.repeats.${code}`),
            }))}
            onChange={(repeat) => onChange({ ...date, repeat: repeat as 'once' })}
          />
        )}
        <span className="quiet">{t('rules.date.on')}</span>
        <Offsets
          date={date}
          most={limits?.offsets ?? 12}
          disabled={disabled}
          onChange={(days) => onChange({ ...date, days })}
        />
        <Select
          aria-label={t('rules.date.count')}
          value={date.count ?? 'days'}
          disabled={disabled}
          choices={(['days', 'workdays', 'trading_days'] as const).map((code) => ({
            value: code,
            label: t(`rules.date.counts.${code}`),
          }))}
          onChange={(count) => onChange({ ...date, count: count as 'days' })}
        />
      </Line>
      <Line>
        <span className="quiet">{t('rules.date.grace')}</span>
        <Figure
          label={t('rules.date.grace')}
          value={date.grace_days ?? 7}
          suffix={t('design.daysUnit')}
          disabled={disabled}
          onChange={(days) => onChange({ ...date, grace_days: days ?? 0 })}
        />
        <span className="quiet">{t('rules.date.graceAfter')}</span>
      </Line>
    </div>
  );
}

/** Each day before, at or after a date as a word that can be taken away; more are added with a figure. */
export function Offsets({
  date,
  most,
  disabled,
  onChange,
}: {
  date: Pick<DateTrigger, 'days'>;
  most: number;
  disabled: boolean;
  onChange: (days: number[]) => void;
}) {
  const { t } = useTexts();
  const [days, setDays] = useState<number>();
  const [side, setSide] = useState<'before' | 'after'>('before');
  const wordOf = (offset: number) =>
    offset === 0
      ? t('rules.date.same')
      : t(offset < 0 ? 'rules.date.before' : 'rules.date.after', { count: Math.abs(offset) });
  const add = () => {
    if (days === undefined) return;
    const offset = side === 'before' ? -Math.abs(days) : Math.abs(days);
    onChange([...new Set([...date.days, offset === 0 ? 0 : offset])].sort((a, b) => a - b));
    setDays(undefined);
  };
  return (
    <span className="rule-offsets">
      {date.days.map((offset) => (
        <span key={offset} className="rule-chip">
          {wordOf(offset)}
          {!disabled && date.days.length > 1 && (
            <IconButton
              icon="close"
              label={t('rules.date.drop', { name: wordOf(offset) })}
              onClick={() => onChange(date.days.filter((each) => each !== offset))}
            />
          )}
        </span>
      ))}
      {!disabled && date.days.length < most && (
        <span className="rule-offset-new">
          <Select
            aria-label={t('rules.date.side')}
            value={side}
            choices={(['before', 'after'] as const).map((code) => ({
              value: code,
              label: t(`rules.date.sides.${code}`),
            }))}
            onChange={(next) => setSide(next as 'before')}
          />
          <Figure label={t('rules.date.days')} value={days} suffix={t('design.daysUnit')} onChange={setDays} />
          <Button look="quiet" icon="add" disabled={days === undefined} onClick={add}>
            {t('rules.date.add')}
          </Button>
        </span>
      )}
    </span>
  );
}
