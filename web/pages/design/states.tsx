import type { Definition } from '../../api/definitions.ts';
import { Badge } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Whether a definition is in force, has a draft, differs from its pack, or has come out of order. */
export function States({ definition }: { definition: Definition }) {
  const { t, text } = useTexts();
  const { status, source, draft, health } = definition;
  return (
    <span className="design-states">
      {status === 'published' && <Badge colour="green">{t('design.published')}</Badge>}
      {status === 'retired' && <Badge colour="grey">{t('design.retired')}</Badge>}
      {draft && (
        <Badge colour={draft.job ? 'blue' : 'amber'}>
          {t(draft.job ? 'design.publishing' : draft.requestedBy ? 'design.waiting' : 'design.draft')}
        </Badge>
      )}
      {source === 'changed' && <Badge colour="violet">{t('design.changed')}</Badge>}
      {source === 'own' && <Badge colour="violet">{t('design.own')}</Badge>}
      {health.error && (
        <Badge colour="red" title={text(health.error)}>
          {t('design.fault')}
        </Badge>
      )}
    </span>
  );
}
