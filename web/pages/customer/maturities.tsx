import { addDays, daysBetween } from '#kernel';
import type { Profile } from '../../api/customer.ts';
import { useEntityByCode } from '../../api/hooks.ts';
import { MaturityStrip } from '../../charts/maturity-strip.tsx';
import { Badge, type Column, Money, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';
import { type Maturity, maturities } from './facts.ts';
import { Some } from './some.tsx';

const DAYS = 90;
const ROWS_AT_FIRST = 6;

/** What ends within ninety days: as marks on a line of time, and as a list. */
export function Maturities({ profile, on }: { profile: Profile; on: string }) {
  const { t } = useTexts();
  const coming = maturities(profile, on, addDays(on, DAYS));
  const readable = useEntityByCode('holding')?.access.read;
  const columns: Column<Maturity>[] = [
    { code: 'label', label: '', cell: (each) => each.label, phone: 'title' },
    {
      code: 'kind',
      label: '',
      cell: (each) => (
        <Badge colour={each.kind === 'loan' ? 'red' : each.kind === 'account' ? 'blue' : 'gold'}>
          {t(`customer.maturityKinds.${each.kind}`)}
        </Badge>
      ),
    },
    { code: 'amount', label: '', number: true, cell: (each) => <Money value={each.amount} /> },
    { code: 'date', label: '', cell: (each) => each.date },
    { code: 'days', label: '', number: true, cell: (each) => <Left days={daysBetween(on, each.date)} /> },
  ];
  // What is not seen may still end: nothing is said then.
  if (!readable && coming.length === 0) return null;
  return (
    <Block title={t('customer.maturities')} count={coming.length} className="maturities">
      {coming.length === 0 ? (
        <Nothing>{t('customer.noMaturities')}</Nothing>
      ) : (
        <>
          <MaturityStrip label={t('customer.maturitiesLabel')} from={on} days={DAYS} marks={coming} />
          <Some rows={coming} atFirst={ROWS_AT_FIRST}>
            {(rows) => (
              <Table
                label={t('customer.maturities')}
                columns={columns}
                rows={rows}
                rowKey={(each) => `${each.kind} ${each.id}`}
              />
            )}
          </Some>
        </>
      )}
    </Block>
  );
}

const SOON_DAYS = 15;

function Left({ days }: { days: number }) {
  const { t } = useTexts();
  return (
    <span className={days <= SOON_DAYS ? 'due-soon' : 'quiet'}>
      {days === 0 ? t('customer.dueToday') : t('customer.daysLeft', { count: days })}
    </span>
  );
}
