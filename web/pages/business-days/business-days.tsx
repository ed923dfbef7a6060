import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function BusinessDays() {
  const { t } = useTexts();
  return <PageHead title={t('days.title')} />;
}
