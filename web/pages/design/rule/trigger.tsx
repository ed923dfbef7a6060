import {
  type RuleBody,
  type RuleChoices,
  type Trigger,
  type TriggerKind,
  triggerKind,
  triggerKinds,
} from '../../../api/rules.ts';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { Select } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { Line } from './blocks.tsx';
import { CodeSelect } from './code-select.tsx';
import { Condition } from './condition.tsx';
import { DateTriggerForm } from './date-trigger.tsx';
import { ExpressionField } from './expression-field.tsx';
import { Wrong } from './issues.tsx';
import { newTrigger } from './rule.ts';
import { ScheduleForm } from './schedule.tsx';

export interface RulePartProps {
  rule: RuleBody;
  names: readonly VocabularyName[];
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (rule: RuleBody) => void;
}

/** When the rule looks, and at what: read as the first part of the sentence. */
export function TriggerForm({ rule, names, choices, disabled, onChange }: RulePartProps) {
  const { t, text } = useTexts();
  const { when } = rule;
  const kind = triggerKind(when);
  const subject = rule.subject ?? 'customer';
  const put = (next: Trigger, of = subject) => onChange({ ...rule, when: next, subject: of });
  const change = (next: TriggerKind) => {
    const record = choices?.records[0];
    const first = {
      fact: choices?.facts.find(({ code }) => code === 'transaction')?.code ?? choices?.facts[0]?.code ?? '',
      record: record?.code ?? '',
      date: names.find(({ type, given }) => type === 'date' && given !== 'context')?.code ?? '',
    };
    const of = next === 'fact' ? 'customer' : next === 'record' ? (record?.subjects[0] ?? subject) : subject;
    const trigger = newTrigger(next, first);
    const { else: _, ...rest } = rule;
    onChange(
      next === 'day' || next === 'turns'
        ? { ...rest, when: trigger, subject: of }
        : { ...rule, when: trigger, subject: of },
    );
  };
  const subjects = [
    { code: 'customer', label: { zh: t('rules.everyCustomer'), en: t('rules.everyCustomer') } },
    ...(choices?.subjects ?? []),
  ];
  const offered =
    typeof when === 'object' && 'record' in when
      ? subjects.filter(({ code }) =>
          choices?.records.find((each) => each.code === when.record)?.subjects.includes(code),
        )
      : subjects;
  return (
    <>
      <Line>
        <Select
          className="rule-kind"
          aria-label={t('rules.trigger.kind')}
          value={kind}
          disabled={disabled}
          choices={triggerKinds
            .filter((each) => each !== 'record' || each === kind || (choices?.records.length ?? 0) > 0)
            .map((each) => ({ value: each, label: t(`rules.trigger.kinds.${each}`) }))}
          onChange={(next) => change(next as TriggerKind)}
        />
        {typeof when === 'object' && 'fact' in when && (
          <CodeSelect
            label={t('rules.trigger.fact')}
            value={when.fact}
            choices={choices?.facts ?? []}
            disabled={disabled}
            onChange={(fact) => put({ fact })}
          />
        )}
        {typeof when === 'object' && 'record' in when && (
          <CodeSelect
            label={t('rules.trigger.record')}
            value={when.record}
            choices={choices?.records ?? []}
            disabled={disabled}
            onChange={(record) => put({ record }, choices?.records.find(({ code }) => code === record)?.subjects[0])}
          />
        )}
        {typeof when === 'object' && 'schedule' in when && (
          <ScheduleForm schedule={when.schedule} disabled={disabled} onChange={(schedule) => put({ schedule })} />
        )}
        {kind !== 'fact' && (
          <>
            <span className="quiet">{t('rules.trigger.look')}</span>
            <Select
              aria-label={t('rules.trigger.subject')}
              value={subject}
              disabled={disabled}
              choices={offered.map(({ code, label }) => ({
                value: code,
                label: code === 'customer' ? text(label) : t('rules.everyRecord', { name: text(label) }),
              }))}
              onChange={(next) => put(when, next)}
            />
          </>
        )}
      </Line>
      {typeof when === 'object' && 'date' in when && (
        <DateTriggerForm
          date={when.date}
          names={names}
          festivals={subject === 'customer' ? (choices?.festivals ?? []) : []}
          limits={choices?.limits}
          disabled={disabled}
          onChange={(date) => put({ date })}
        />
      )}
      {typeof when === 'object' && 'turns' in when && (
        <Condition
          path="when/turns"
          value={when.turns}
          names={names}
          label={t('rules.trigger.turns')}
          disabled={disabled}
          onChange={(turns) => put({ turns })}
        />
      )}
      {typeof when === 'object' && 'change' in when && (
        <ExpressionField
          path="when/change"
          value={when.change}
          names={names}
          label={t('rules.trigger.change')}
          disabled={disabled}
          onChange={(next) => put({ change: next })}
        />
      )}
      <p className="field-help">{t(`rules.trigger.about.${kind}`)}</p>
      <Wrong path="when" deep />
      <Wrong path="subject" />
    </>
  );
}
