import { lazy, Suspense, useState } from 'react';
import { Button, DateText, Dialog, Skeleton } from '../kit/kit.ts';
import { RuleName } from '../records/cell.tsx';
import { useTexts } from '../texts/texts.ts';

/** Seldom asked for, so it does not burden the pages that offer it. */
const Answer = lazy(async () => ({ default: (await import('./why-rule.tsx')).WhyRuleAnswer }));

interface WhyProps {
  rule: string;
  /** Id of the customer. */
  customer: string;
  /** Business date of the alert. */
  date: string;
}

/** Asks why a rule alerted, and answers in a drawer. */
export function WhyButton(props: WhyProps) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" icon="help" onClick={() => setOpen(true)}>
        {t('oversight.why.ask')}
      </Button>
      {open && <WhyDrawer {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** The answer along the right edge; a sheet on a phone. */
export function WhyDrawer({ rule, customer, date, onClose }: WhyProps & { onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog
      shape="drawer"
      width={680}
      title={
        <>
          {t('oversight.why.ask')} · <RuleName code={rule} plain /> · <DateText value={date} />
        </>
      }
      onClose={onClose}
    >
      <Suspense fallback={<Skeleton lines={6} />}>
        <Answer code={rule} customer={customer} date={date} />
      </Suspense>
    </Dialog>
  );
}

/** The same answer within a page. */
export function WhyInline({ rule, customer, date }: WhyProps) {
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <Answer code={rule} customer={customer} date={date} />
    </Suspense>
  );
}
