import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function OrgUnits() {
  const { t } = useTexts();
  return <PageHead title={t('orgUnits.title')} />;
}
