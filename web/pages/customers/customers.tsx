import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function Customers() {
  const { t } = useTexts();
  return <PageHead title={t('nav.customers')} />;
}
