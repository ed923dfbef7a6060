import { useMetadata } from '../../api/hooks.ts';
import { useTexts } from '../../texts/texts.ts';

/** The name of what an event is about: an entity, the audit itself, or its code when this person knows nothing of it. */
export function useObjectName(): (code: string | null) => string | null {
  const { t, text } = useTexts();
  const { entities } = useMetadata();
  return (code) => {
    if (code === 'audit_event') return t('audit.objects.audit_event');
    const entity = entities.find((each) => each.code === code);
    return entity ? text(entity.label) : code;
  };
}
