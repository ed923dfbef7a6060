import { useQuery } from '@tanstack/react-query';
import { tagHistoryQuery } from '../../api/definitions.ts';
import { useMetadata } from '../../api/hooks.ts';
import { Badge, DateText, Dialog, ErrorState, Skeleton } from '../../kit/kit.ts';
import { Reason } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Nothing } from './block.tsx';
import './marks.css';

/** The tags that the customer had and has: since when and why, until when and why. */
export function TagHistory({ customer, onClose }: { customer: string; onClose: () => void }) {
  const { t, text } = useTexts();
  const { tags } = useMetadata();
  const history = useQuery(tagHistoryQuery(customer));
  return (
    <Dialog shape="drawer" title={t('customer.tagHistory.title')} onClose={onClose}>
      {history.error && !history.data ? (
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      ) : !history.data ? (
        <Skeleton lines={6} />
      ) : history.data.length === 0 ? (
        <Nothing>{t('customer.tagHistory.none')}</Nothing>
      ) : (
        <ol className="tag-history">
          {history.data.map((span) => {
            const option = tags.find(({ code }) => code === span.tag);
            return (
              <li key={`${span.tag} ${span.since}`}>
                <header>
                  <Badge colour={option?.color}>{option ? text(option.label) : span.tag}</Badge>
                  <span className="faint">
                    <DateText value={span.since} /> –{' '}
                    {span.until ? <DateText value={span.until} /> : t('customer.tagHistory.now')}
                  </span>
                </header>
                {span.by && (
                  <p className="quiet">
                    {t('customer.tagHistory.by', { name: span.by })}
                    {span.note && ` · ${span.note}`}
                    {span.expiresOn &&
                      !span.until &&
                      ` · ${t('customer.tagHistory.expires', { date: span.expiresOn })}`}
                  </p>
                )}
                {(span.reason?.inputs ?? []).length > 0 && (
                  <>
                    <h3>{t('customer.tagHistory.began')}</h3>
                    <Reason reason={span.reason} />
                  </>
                )}
                {span.ended && (
                  <>
                    <h3>{t('customer.tagHistory.ended')}</h3>
                    {(span.ended.inputs ?? []).length > 0 ? (
                      <Reason reason={span.ended} />
                    ) : (
                      <p className="quiet">
                        {span.ended.by
                          ? [t('customer.tagHistory.takenBy', { name: span.ended.by }), span.ended.note]
                              .filter(Boolean)
                              .join(' · ')
                          : t('customer.tagHistory.expired')}
                      </p>
                    )}
                  </>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </Dialog>
  );
}
