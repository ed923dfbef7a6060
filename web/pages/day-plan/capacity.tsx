import { useRef, useState } from 'react';
import { type DayPlan, setCapacity } from '../../api/day-plan.ts';
import { queryClient } from '../../api/queries.ts';
import { Button, NumberInput, Popover, toast, useErrorText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const PER_DAY_MAX = 200;

/** How many customers fit into the day, and how many were contacted; one's own number is set here. */
export function Capacity({ plan, own }: { plan: DayPlan | undefined; own: boolean }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const anchor = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const perDay = plan?.capacity.perDay;
  const number = Number(wanted);
  const fits = /^\d+$/.test(wanted) && number >= 1 && number <= PER_DAY_MAX;
  const save = async (value: number | null) => {
    try {
      await setCapacity(value);
      setOpen(false);
      await queryClient.invalidateQueries({ queryKey: ['day-plan'] });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
  };
  const label = t('dayPlan.capacity.label', { contacted: plan?.capacity.contacted ?? '–', perDay: perDay ?? '–' });
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className="plan-capacity"
        aria-haspopup="dialog"
        aria-expanded={open}
        title={t('dayPlan.capacity.hint')}
        disabled={!own || !plan}
        onClick={() => {
          setWanted(String(perDay ?? ''));
          setOpen(!open);
        }}
      >
        {label}
        <span className="plan-capacity-bar" aria-hidden="true">
          <span
            style={{
              width: plan
                ? `${Math.min(100, (100 * plan.capacity.contacted) / Math.max(1, plan.capacity.perDay))}%`
                : 0,
            }}
          />
        </span>
      </button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor}>
        <form
          className="pick-date"
          onSubmit={(event) => {
            event.preventDefault();
            if (fits) void save(number);
          }}
        >
          <strong>{t('dayPlan.capacity.title')}</strong>
          <p className="faint">{t('dayPlan.capacity.hint')}</p>
          <div className="pick-date-own capacity-own">
            <NumberInput
              aria-label={t('dayPlan.capacity.title')}
              inputMode="numeric"
              autoFocus
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
            <Button
              type="submit"
              look="primary"
              disabled={!fits}
              reason={fits ? undefined : t('dayPlan.capacity.bounds')}
            >
              {t('common.ok')}
            </Button>
          </div>
          <Button look="quiet" onClick={() => void save(null)}>
            {t('dayPlan.capacity.reset')}
          </Button>
        </form>
      </Popover>
    </>
  );
}
