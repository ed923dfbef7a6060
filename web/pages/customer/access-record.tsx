import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type AuditEvent, auditEventsQuery } from '../../api/audit.ts';
import { useMetadata } from '../../api/hooks.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, DateText, ErrorState, Skeleton } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { useObjectName } from '../audit/object-name.ts';
import { ActionMark, Actor } from '../audit/parts.tsx';
import { Block, Nothing } from './block.tsx';
import { Some } from './some.tsx';

const EVENTS_AT_FIRST = 10;

/** Who viewed, revealed, exported or changed the customer. Read only when asked for: the reading is an event itself. */
export function AccessRecord({ customer }: { customer: string }) {
  const { t } = useTexts();
  const mayRead = useMay('audit.read');
  const [wanted, setWanted] = useState(false);
  const list = useInfiniteQuery({ ...auditEventsQuery({ customer }), enabled: mayRead && wanted });
  if (!mayRead) return null;
  const events = list.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Block
      title={t('customer.record.title')}
      className="access-record"
      actions={
        <Link to="/audit" search={{ customer }} className="button button-quiet">
          {t('customer.record.all')}
        </Link>
      }
    >
      {!wanted ? (
        <div className="block-nothing">
          <p className="faint">{t('customer.record.hint')}</p>
          <Button icon="list" onClick={() => setWanted(true)}>
            {t('customer.record.show')}
          </Button>
        </div>
      ) : list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Skeleton lines={6} />
      ) : events.length === 0 ? (
        <Nothing>{t('customer.record.none')}</Nothing>
      ) : (
        <>
          <Some rows={events} atFirst={EVENTS_AT_FIRST}>
            {(some) => (
              <ol>
                {some.map((event) => (
                  <Access key={event.id} event={event} />
                ))}
              </ol>
            )}
          </Some>
          {list.hasNextPage && (
            <Button
              look="quiet"
              className="some-more"
              busy={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('common.more')}
            </Button>
          )}
        </>
      )}
    </Block>
  );
}

function Access({ event }: { event: AuditEvent }) {
  const { text } = useTexts();
  const { entities } = useMetadata();
  const objectName = useObjectName();
  const entity = entities.find(({ code }) => code === event.entity);
  const changed = event.changed.map((code) => text(entity?.fields.find((field) => field.code === code)?.label) || code);
  const about = [objectName(event.entity), changed.join(', '), event.purpose].filter(Boolean).join(' · ');
  return (
    <li>
      <span className="access-record-line">
        <ActionMark event={event} />
        <span className="ellipsis">
          <Actor event={event} />
        </span>
        <span className="faint access-record-at">
          <DateText value={event.at} detail="second" />
        </span>
      </span>
      {about && (
        <span className="faint ellipsis" title={about}>
          {about}
        </span>
      )}
    </li>
  );
}
