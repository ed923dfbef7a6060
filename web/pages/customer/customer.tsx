import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function Customer() {
  const { t } = useTexts();
  return <PageHead title={t('customer.title')} />;
}
