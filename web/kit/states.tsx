import type { ReactNode } from 'react';
import { isApiError } from '../api/client.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface EmptyProps {
  title: string;
  hint?: string | undefined;
  icon?: IconName;
  action?: ReactNode;
}

/** There is nothing here, and why, and what to do about it. */
export function Empty({ title, hint, icon = 'list', action }: EmptyProps) {
  return (
    <div className="state">
      <Icon name={icon} size={24} />
      <p className="state-title">{title}</p>
      {hint && <p className="state-hint">{hint}</p>}
      {action}
    </div>
  );
}

/** The sentence for any error: the server's own where it gave one. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTexts();
  return (error) => {
    if (!isApiError(error)) return error instanceof Error ? error.message : String(error);
    if (error.status === 0) return t('errors.unreachable');
    return error.message || t('errors.unexpected', { status: error.status });
  };
}

/** Something could not be shown: what, and the way on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTexts();
  const text = useErrorText();
  const status = isApiError(error) ? error.status : undefined;
  const title = status === 403 ? t('errors.forbidden') : status === 404 ? t('errors.notFound') : t('errors.title');
  const hint = status === 403 ? t('errors.forbiddenHint') : status === 404 ? t('errors.notFoundHint') : text(error);
  return (
    <div className="state" role="alert">
      <Icon name={status === 404 ? 'search' : 'danger'} size={24} />
      <p className="state-title">{title}</p>
      <p className="state-hint">{hint}</p>
      {onRetry && status !== 403 && status !== 404 && (
        <Button icon="refresh" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  );
}

/** Grey bars where text will be. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const { t } = useTexts();
  return (
    <div className="skeleton" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
        <span key={line} className="bone" style={{ width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** A sentence across the page: a refusal that stays until it is dealt with. */
export function Notice({
  kind,
  children,
  action,
}: {
  kind: 'info' | 'warn' | 'danger' | 'ok';
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={`notice notice-${kind}`} role={kind === 'danger' ? 'alert' : undefined}>
      <Icon name={kind === 'ok' ? 'check' : kind === 'info' ? 'info' : 'danger'} />
      <div>{children}</div>
      {action}
    </div>
  );
}
