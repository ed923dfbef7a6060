import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function Team() {
  const { t } = useTexts();
  return <PageHead title={t('team.title')} />;
}
