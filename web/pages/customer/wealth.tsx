import { useState } from 'react';
import { formatPercent } from '#kernel';
import type { Profile } from '../../api/customer.ts';
import { fieldOf, useEntityByCode } from '../../api/hooks.ts';
import { AumCurve } from '../../charts/lazy.tsx';
import { type Range, within } from '../../charts/points.ts';
import { Change, Money, Segmented } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';
import { allocation, type SplitOfChange, splitOver } from './facts.ts';

const CURVE_PX = 232;
const ranges = ['3m', '1y', '2y', 'all'] as const satisfies readonly Range[];

/** How the assets went, and what they stand in. */
export function Wealth({ profile, on }: { profile: Profile; on: string }) {
  const { t } = useTexts();
  const [range, setRange] = useState<Range>('1y');
  const customer = useEntityByCode('customer');
  const points = within(profile.aum.curve, range, on);
  const split = splitOver(points);
  // For whom the total is masked the course of it does not exist.
  if (!customer || fieldOf(customer, 'aum')?.access.see !== 'clear') return null;
  return (
    <div className="wealth">
      <Block
        title={t('customer.curve')}
        source={{ source: null, asOf: on }}
        className="wealth-curve"
        actions={
          points.length > 0 && (
            <Segmented
              label={t('customer.range')}
              value={range}
              choices={ranges.map((value) => ({ value, label: t(`customer.ranges.${value}`) }))}
              onChange={setRange}
            />
          )
        }
      >
        {points.length > 0 ? (
          <div className="wealth-chart">
            {split && <Split split={split} />}
            <AumCurve points={points} label={t('customer.curve')} height={CURVE_PX} />
          </div>
        ) : (
          <Nothing>
            {t('customer.noAum')} · {t('customer.noAumHint')}
          </Nothing>
        )}
      </Block>
      <Block title={t('customer.allocation')} className="wealth-parts">
        <Allocation parts={profile.aum.parts} />
      </Block>
    </div>
  );
}

/** How much of the change people moved, and how much the market did. */
function Split({ split }: { split: SplitOfChange }) {
  const { t } = useTexts();
  const parts = [
    [t('customer.change'), split.change],
    [t('customer.flow'), split.flow],
    [t('customer.market'), split.market],
  ] as const;
  return (
    <dl className="wealth-split">
      {parts.map(([label, amount]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <Change value={amount}>
              <Money value={amount} />
            </Change>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The classes as one bar, and below it each with its amount and share. */
function Allocation({ parts }: { parts: Record<string, string> }) {
  const { t, text } = useTexts();
  const options = useEntityByCode('product')?.fields.find(({ code }) => code === 'class')?.options ?? [];
  const held = allocation(parts);
  if (held.length === 0) return <Nothing>{t('customer.noAllocation')}</Nothing>;
  const optionOf = (code: string) => options.find((each) => each.code === code);
  return (
    <div className="allocation">
      <div className="allocation-bar" aria-hidden="true">
        {held.map(({ code, share }) => (
          <span key={code} data-colour={optionOf(code)?.color ?? 'grey'} style={{ flexGrow: share }} />
        ))}
      </div>
      <dl className="allocation-list">
        {held.map(({ code, amount, share }) => {
          const option = optionOf(code);
          return (
            <div key={code}>
              <dt className="dot" data-colour={option?.color ?? 'grey'}>
                {option ? text(option.label) : code}
              </dt>
              <dd>
                <Money value={amount} />
              </dd>
              <dd className="quiet">{formatPercent((share / 1000).toFixed(3), 1)}</dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
