import type { AuditEvent } from '../../api/audit.ts';
import { Dot } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const writes = new Set(['create', 'update', 'complete', 'configure', 'prune']);
const sensitive = new Set(['reveal', 'export', 'view_as']);

function colourOf({ action, decision }: AuditEvent) {
  if (decision === 'denied' || action === 'denied' || action === 'sign_in_refused' || action === 'erase') return 'red';
  return sensitive.has(action) ? 'amber' : writes.has(action) ? 'blue' : 'grey';
}

/** What was done, in the colour of how much it matters. */
export function ActionMark({ event }: { event: AuditEvent }) {
  const { t } = useTexts();
  return <Dot colour={colourOf(event)}>{t(`audit.actions.${event.action}`)}</Dot>;
}

/** Who did it, and for whom he stood in. */
export function Actor({ event }: { event: AuditEvent }) {
  const { t } = useTexts();
  return (
    <>
      {event.actor === 'system' ? t('audit.system') : event.actor}
      {event.onBehalf.length > 0 && (
        <span className="faint"> {t('audit.onBehalf', { names: event.onBehalf.join(', ') })}</span>
      )}
    </>
  );
}
