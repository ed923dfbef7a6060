import { useState } from 'react';
import { isDate } from '#kernel';
import { type Choice, DateInput, Empty, Field } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import { CustomerChoice } from '../../../why/customer-choice.tsx';
import { WhyRuleAnswer } from '../../../why/why-rule.tsx';
import type { RuleTabProps } from './tabs.ts';
import './oversight.css';

/** Why the rule in force alerted a customer on a day, or did not. */
export function WhyRuleTab({ body }: RuleTabProps) {
  const { t } = useTexts();
  const [customer, setCustomer] = useState<Choice | null>(null);
  const [date, setDate] = useState('');
  return (
    <div className="why">
      <div className="rehearsal-ask">
        <CustomerChoice
          value={customer}
          rule={body.code}
          onChange={(choice, on) => {
            setCustomer(choice);
            if (on) setDate(on);
          }}
        />
        <Field label={t('oversight.why.day')}>
          {(control) => <DateInput {...control} value={date} onChange={setDate} />}
        </Field>
      </div>
      {customer ? (
        <WhyRuleAnswer code={body.code} customer={customer.value} date={isDate(date) ? date : undefined} />
      ) : (
        <Empty icon="help" title={t('oversight.why.start')} hint={t('oversight.why.startHint')} />
      )}
    </div>
  );
}
