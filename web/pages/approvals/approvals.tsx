import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { inboxQuery } from '../../api/disclosure.ts';
import { useMay } from '../../app/permissions.ts';
import { RequestItem, type Role } from '../../disclosure/request-item.tsx';
import { Empty, ErrorState, Icon, PageHead, Skeleton, type Tab, Tabs } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

type Part = 'waiting' | 'toReview' | 'mine' | 'history';
const roles: Record<Part, Role> = { waiting: 'approves', toReview: 'reviews', mine: 'made', history: 'looks' };

/** What waits for the reader's decision or review, what he asked for himself, and what became of it all. */
export function Approvals() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { part } = useSearch({ from: '/inside/approvals' });
  const inbox = useQuery(inboxQuery);
  const [approves, approvesExports] = [useMay('breakglass.approve'), useMay('exports.approve')];
  const [reviews, reveals] = [useMay('breakglass.review'), useMay('customers.reveal')];
  const parts = [
    ...(approves || approvesExports ? (['waiting'] as const) : []),
    ...(reviews ? (['toReview'] as const) : []),
    ...(reveals ? (['mine'] as const) : []),
    ...(approves || approvesExports || reviews ? (['history'] as const) : []),
  ];
  const chosen = parts.find((each) => each === part) ?? parts[0] ?? 'mine';
  const tabs: Tab<Part>[] = parts.map((code) => ({
    code,
    label: t(`disclosure.tabs.${code}`),
    ...(code === 'waiting' || code === 'toReview' ? { count: inbox.data?.[code].length } : {}),
  }));
  const items = inbox.data?.[chosen] ?? [];
  return (
    <div className="page approvals">
      <PageHead title={t('disclosure.approvals')} hint={t('disclosure.approvalsHint')}>
        {reviews && (
          <Link to="/reveal-summary" className="button button-plain">
            <Icon name="list" />
            <span>{t('disclosure.summary')}</span>
          </Link>
        )}
      </PageHead>
      {inbox.error && !inbox.data ? (
        <ErrorState error={inbox.error} onRetry={() => void inbox.refetch()} />
      ) : !inbox.data ? (
        <Skeleton lines={8} />
      ) : (
        <Tabs
          label={t('disclosure.approvals')}
          tabs={tabs}
          value={chosen}
          onChange={(code) => void navigate({ to: '/approvals', search: { part: code }, replace: true })}
        >
          {items.length === 0 ? (
            <Empty icon="check" title={t(`disclosure.none.${chosen}`)} />
          ) : (
            items.map((request) => (
              <RequestItem key={`${request.act} ${request.id}`} request={request} role={roles[chosen]} />
            ))
          )}
        </Tabs>
      )}
    </div>
  );
}
