import { PageHead } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

export function Users() {
  const { t } = useTexts();
  return <PageHead title={t('users.title')} />;
}
