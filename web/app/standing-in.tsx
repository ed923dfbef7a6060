import { useQuery } from '@tanstack/react-query';
import { dutiesQuery } from '../api/governance.ts';
import { Icon } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';

/** Reminds a deputy on every page for whom he stands in, and until when. */
export function StandingIn() {
  const { t } = useTexts();
  const duties = useQuery(dutiesQuery);
  const standing = duties.data?.standingInFor ?? [];
  if (standing.length === 0) return null;
  return (
    <div className="standing-in" role="note">
      <Icon name="team" size={14} />
      {standing.map(({ user, until, reason }) => (
        <span key={`${user.id} ${until}`} title={t('governance.delegations.standingReason', { reason })}>
          {t('governance.delegations.standing', { name: user.name, until })}
        </span>
      ))}
    </div>
  );
}
