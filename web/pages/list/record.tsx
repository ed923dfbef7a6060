import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function RecordPage() {
  const { t } = useTexts();
  return <PageHead title={t('record.details')} />;
}
