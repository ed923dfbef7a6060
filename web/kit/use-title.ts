import { useEffect } from 'react';
import { useTexts } from '../texts/texts.ts';

/** Names the browser's tab after the page. */
export function useTitle(title: string | undefined): void {
  const { t } = useTexts();
  const product = t('product.name');
  useEffect(() => {
    document.title = title ? `${title} · ${product}` : product;
  }, [title, product]);
}
