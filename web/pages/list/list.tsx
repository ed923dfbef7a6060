import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function ListPage() {
  const { t } = useTexts();
  return <PageHead title={t('nav.records')} />;
}
