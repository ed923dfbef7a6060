import { useQuery } from '@tanstack/react-query';
import { identitiesQuery } from '../../api/identity.ts';
import { DateText, ErrorState, Skeleton } from '../../kit/kit.ts';
import { useSeen } from '../../kit/use-seen.ts';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';

/** Under which numbers systems know the customer, and who was merged into him. Read when it comes into sight. */
export function Identities({ customer }: { customer: string }) {
  const { t, text } = useTexts();
  const { ref, seen } = useSeen<HTMLDivElement>();
  const known = useQuery({ ...identitiesQuery(customer), enabled: seen });
  const { identities = [], merges = [] } = known.data ?? {};
  const own = identities.find((each) => each.own);
  return (
    <Block
      title={t('customer.identities.title')}
      count={identities.filter(({ externalId }) => externalId !== null).length}
      source={own && { source: own.system, asOf: own.asOf }}
    >
      <div ref={ref}>
        {known.error && !known.data ? (
          <ErrorState error={known.error} onRetry={() => void known.refetch()} />
        ) : !known.data ? (
          <Skeleton lines={2} />
        ) : identities.every(({ externalId }) => externalId === null) ? (
          <Nothing>{t('customer.identities.none')}</Nothing>
        ) : (
          <dl className="pairs">
            {identities.map(({ system, label, externalId, rule, since, own: isOwn }) => (
              <div key={`${system} ${externalId}`}>
                <dt>{text(label)}</dt>
                <dd>
                  {externalId ?? '—'}
                  <span className="identity-how faint">
                    {isOwn ? t('customer.identities.own') : rule ? text(rule) : t('customer.identities.merged')}
                    {' · '}
                    <DateText value={since} />
                  </span>
                </dd>
              </div>
            ))}
            {merges.map(({ id, otherNumber, mergedAt, undoneAt }) => (
              <div key={id}>
                <dt>{undoneAt ? t('customer.identities.apart') : t('customer.identities.merge')}</dt>
                <dd>
                  {otherNumber ?? '—'}
                  <span className="identity-how faint">
                    <DateText value={undoneAt ?? mergedAt} />
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </Block>
  );
}
