import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount } from '#kernel';
import { useMetadata } from '../../api/hooks.ts';
import { type CoverageReport, coverageQuery, type TierCoverage, uncoveredQuery } from '../../api/team.ts';
import { Badge, DateText, Dialog, Empty, ErrorState, Skeleton, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

type Missing = 'contact' | 'review';
interface Asked {
  tier: string;
  missing: Missing;
  owner?: string;
}

/** Which customers of each tier were contacted and reviewed in time; who was not is a press away. */
export function Coverage() {
  const { t } = useTexts();
  const told = useQuery(coverageQuery);
  const nameOf = useTierName();
  const [asked, setAsked] = useState<Asked | null>(null);
  if (told.error && !told.data) return <ErrorState error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton lines={6} />;
  const { tiers, members } = told.data;
  if (tiers.length === 0) return <Empty icon="team" title={t('team.coverage.hidden')} />;
  return (
    <>
      <div className="coverage-tiers">
        {tiers.map((tier) => (
          <section key={tier.tier} aria-label={nameOf(tier.tier)}>
            <h2>{nameOf(tier.tier)}</h2>
            <Line
              label={t('team.coverage.contact', { days: tier.contactDays })}
              of={tier}
              done={tier.contacted}
              onOpen={() => setAsked({ tier: tier.tier, missing: 'contact' })}
            />
            {tier.reviewed !== null && (
              <Line
                label={t('team.coverage.review', { days: tier.reviewDays })}
                of={tier}
                done={tier.reviewed}
                onOpen={() => setAsked({ tier: tier.tier, missing: 'review' })}
              />
            )}
          </section>
        ))}
      </div>
      <Table
        label={t('team.views.coverage')}
        rows={members}
        rowKey={({ user }) => user.id}
        columns={[
          { code: 'member', label: t('team.member'), phone: 'title' as const, cell: ({ user }) => user.label },
          ...tiers.flatMap((tier) => columnsOf(tier, nameOf(tier.tier), t, setAsked)),
        ]}
      />
      {asked && <Missed asked={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function useTierName(): (code: string) => string {
  const { text } = useTexts();
  const { tiers } = useMetadata();
  return (code) => {
    const tier = tiers.find((each) => each.code === code);
    return tier ? text(tier.label) : code;
  };
}

type Member = CoverageReport['members'][number];

function columnsOf(
  tier: CoverageReport['tiers'][number],
  name: string,
  t: ReturnType<typeof useTexts>['t'],
  onAsk: (asked: Asked) => void,
) {
  const column = (missing: Missing, done: (of: TierCoverage) => number | null) => ({
    code: `${tier.tier}-${missing}`,
    label: `${name} · ${t(`team.coverage.${missing}Short`)}`,
    number: true,
    cell: ({ user, tiers }: Member) => {
      const of = tiers.find((each) => each.tier === tier.tier);
      if (!of) return <span className="faint">{t('common.none')}</span>;
      const count = done(of) ?? 0;
      const share = `${formatCount(count)} / ${formatCount(of.customers)}`;
      return count === of.customers ? (
        share
      ) : (
        <button
          type="button"
          className="reference team-gap"
          onClick={() => onAsk({ tier: tier.tier, missing, owner: user.id })}
        >
          {share}
        </button>
      );
    },
  });
  const contact = column('contact', (of) => of.contacted);
  return tier.reviewDays === null ? [contact] : [contact, column('review', (of) => of.reviewed)];
}

function Line({ label, of, done, onOpen }: { label: string; of: TierCoverage; done: number; onOpen: () => void }) {
  const { t } = useTexts();
  const share = of.customers === 0 ? 100 : Math.round((100 * done) / of.customers);
  return (
    <div className="coverage-line">
      <span>{label}</span>
      <b>{share}%</b>
      <span className="team-share">
        <span style={{ width: `${share}%` }} />
      </span>
      {done < of.customers ? (
        <button type="button" className="reference team-gap" onClick={onOpen}>
          {t('team.coverage.missing', { count: of.customers - done })}
        </button>
      ) : (
        <span className="faint">{t('team.coverage.all')}</span>
      )}
    </div>
  );
}

/** Who was not contacted, or not reviewed, in time: the longest ago first. */
function Missed({ asked: { tier, missing, owner }, onClose }: { asked: Asked; onClose: () => void }) {
  const { t } = useTexts();
  const told = useQuery(uncoveredQuery(tier, missing, owner));
  const nameOf = useTierName();
  return (
    <Dialog title={`${nameOf(tier)} · ${t(`team.coverage.${missing}Missing`)}`} onClose={onClose} width={620}>
      {told.error ? (
        <ErrorState error={told.error} onRetry={() => void told.refetch()} />
      ) : !told.data ? (
        <Skeleton lines={5} />
      ) : (
        <>
          <p className="faint">
            {t('team.coverage.total', { total: told.data.total, shown: told.data.customers.length })}
          </p>
          <Table
            label={t(`team.coverage.${missing}Missing`)}
            rows={told.data.customers}
            rowKey={({ customer }) => customer.id}
            columns={[
              {
                code: 'customer',
                label: t('team.escalations.customer'),
                phone: 'title',
                cell: ({ customer }) => (
                  <Link to="/customers/$id" params={{ id: customer.id }} className="reference">
                    {customer.name}
                  </Link>
                ),
              },
              { code: 'owner', label: t('team.member'), cell: ({ owner: manager }) => manager.label },
              {
                code: 'last',
                label: t('team.coverage.last'),
                cell: ({ last }) =>
                  last ? <DateText value={last} /> : <span className="team-overdue">{t('team.coverage.never')}</span>,
              },
              {
                code: 'task',
                label: '',
                phone: 'hide',
                cell: ({ task }) => task && <Badge colour="blue">{t('team.coverage.hasTask')}</Badge>,
              },
            ]}
          />
        </>
      )}
    </Dialog>
  );
}
