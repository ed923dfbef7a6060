import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function DayPlan() {
  const { t } = useTexts();
  return <PageHead title={t('dayPlan.title')} />;
}
