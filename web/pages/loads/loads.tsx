import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function Loads() {
  const { t } = useTexts();
  return <PageHead title={t('loads.title')} />;
}
