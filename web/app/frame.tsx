/** What frames every page, signed in or not: the lost-connection bar, the notes, and what shows when a page cannot. */
import { type ErrorComponentProps, Link, Outlet } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { isApiError } from '../api/client.ts';
import { connection } from '../api/connection.ts';
import { Button, Empty, ErrorState, Icon, Mark, Skeleton, Toasts } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { StepUp } from './step-up.tsx';
import './frame.css';

export function Root() {
  return (
    <>
      <ConnectionBar />
      <Outlet />
      <StepUp />
      <Toasts />
    </>
  );
}

const FOUND_SHOWN_MS = 2_500;

function ConnectionBar() {
  const { t } = useTexts();
  const reachable = useSyncExternalStore(connection.subscribe, connection.isReachable);
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (!reachable) {
      setWasLost(true);
      return;
    }
    const timer = setTimeout(() => setWasLost(false), FOUND_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [reachable]);
  if (reachable && !wasLost) return null;
  return (
    <div className={`connection ${reachable ? 'connection-found' : ''}`} role="status">
      <Icon name={reachable ? 'check' : 'danger'} size={14} />
      {reachable ? t('errors.found') : t('errors.lost')}
    </div>
  );
}

/** A page that failed: a refusal of the server in its own words, a defect of ours with what to send on. */
export function Crash({ error, reset }: ErrorComponentProps) {
  const { t } = useTexts();
  if (isApiError(error)) return <ErrorState error={error} onRetry={reset} />;
  return (
    <div className="state" role="alert">
      <Icon name="danger" size={24} />
      <p className="state-title">{t('errors.page')}</p>
      <p className="state-hint">{t('errors.pageHint')}</p>
      <pre className="crash-text">{error instanceof Error ? error.message : String(error)}</pre>
      <Button icon="refresh" onClick={() => window.location.reload()}>
        {t('errors.reload')}
      </Button>
    </div>
  );
}

export function Lost() {
  const { t } = useTexts();
  return (
    <Empty
      icon="search"
      title={t('notFound.title')}
      hint={t('notFound.text')}
      action={
        <Link to="/" className="button button-plain">
          {t('notFound.home')}
        </Link>
      }
    />
  );
}

/** Within the shell: the page is on its way. */
export function Waiting() {
  return <Skeleton lines={8} />;
}

/** Before the shell: the mark, quietly. */
export function Opening() {
  return (
    <div className="opening">
      <Mark size={40} />
    </div>
  );
}
