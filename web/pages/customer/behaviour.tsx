import { useQuery } from '@tanstack/react-query';
import { formatCount } from '#kernel';
import { type BehaviourOf, behaviourQuery } from '../../api/customer.ts';
import { useEntityByCode } from '../../api/hooks.ts';
import { DateText, ErrorState, Skeleton } from '../../kit/kit.ts';
import { useSeen } from '../../kit/use-seen.ts';
import { Cell } from '../../records/cell.tsx';
import { inSentence, useTexts } from '../../texts/texts.ts';
import { Block, Nothing, sourceOf } from './block.tsx';
import { Some } from './some.tsx';

const RECENT_AT_FIRST = 5;

/** How the customer uses the digital channels: sign-ins and page views, how often and the latest. Read when it comes into sight. */
export function Behaviour({ customer }: { customer: string }) {
  const { t } = useTexts();
  const login = useEntityByCode('login')?.access.read;
  const view = useEntityByCode('page_view')?.access.read;
  const { ref, seen } = useSeen<HTMLDivElement>();
  const behaviour = useQuery({ ...behaviourQuery(customer), enabled: seen });
  if (!login && !view) return null;
  const { data } = behaviour;
  const rows = [...(data?.login?.recent ?? []), ...(data?.page_view?.recent ?? [])];
  return (
    <Block title={t('customer.behaviour.title')} className="behaviour" source={sourceOf(rows)} facts>
      <div ref={ref}>
        {behaviour.error && !data ? (
          <ErrorState error={behaviour.error} onRetry={() => void behaviour.refetch()} />
        ) : !data ? (
          <Skeleton lines={4} />
        ) : (
          <div className="behaviour-parts">
            {data.login && <Part code="login" group="channel" detail="device" of={data.login} />}
            {data.page_view && <Part code="page_view" group="topic" detail="page" of={data.page_view} />}
          </div>
        )}
      </div>
    </Block>
  );
}

interface PartProps {
  code: 'login' | 'page_view';
  /** The fields by which it is counted, and which tells more. */
  group: string;
  detail: string;
  of: BehaviourOf;
}

function Part({ code, group, detail, of }: PartProps) {
  const { t, text, many } = useTexts();
  const entity = useEntityByCode(code);
  const field = entity?.fields.find((each) => each.code === group);
  const options = field?.options ?? [];
  if (!entity) return null;
  const label = (of: string) => text(options.find((option) => option.code === of)?.label) || of;
  const most = of.groups.slice(0, 3).map(({ code, count }) => `${label(code)} ${formatCount(count)}`);
  return (
    <div>
      <h3 className="behaviour-kind">{text(entity.label)}</h3>
      {of.recent.length === 0 ? (
        <Nothing>{t('customer.behaviour.none', { what: inSentence(many(entity)) })}</Nothing>
      ) : (
        <>
          <p className="behaviour-counts">
            {of.windows.map(({ days, count }) => (
              <span key={days}>
                <strong>{formatCount(count)}</strong>{' '}
                <span className="faint">{t('customer.behaviour.days', { days })}</span>
              </span>
            ))}
          </p>
          {most.length > 0 && <p className="behaviour-groups faint">{most.join(' · ')}</p>}
          <Some rows={of.recent} atFirst={RECENT_AT_FIRST}>
            {(some) => (
              <dl className="pairs">
                {some.map((row) => (
                  <div key={row.id}>
                    <dt>
                      <DateText value={String(row.at ?? row.business_date)} />
                    </dt>
                    <dd>
                      {field && <Cell field={field} value={row[group]} />}{' '}
                      <span className="faint">{typeof row[detail] === 'string' && row[detail]}</span>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </Some>
        </>
      )}
    </div>
  );
}
