import { useEffect, useState } from 'react';
import { formatDuration } from '#kernel';
import type { Colour, RunStatus } from '../../api/types.ts';
import { Dot } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const colours: Record<RunStatus, Colour> = {
  queued: 'grey',
  running: 'blue',
  refreshing: 'blue',
  done: 'green',
  skipped: 'grey',
  failed: 'red',
  canceled: 'grey',
  withdrawing: 'amber',
  withdrawn: 'violet',
};

/** How far a piece of work in the background has come. */
export function WorkStatus({ status }: { status: RunStatus }) {
  const { t } = useTexts();
  return <Dot colour={colours[status]}>{t(`loads.statuses.${status}`)}</Dot>;
}

const TICK_MS = 1_000;

/** How long it took, or has been taking so far. */
export function Took({ run }: { run: { startedAt: string | null; finishedAt: string | null } }) {
  const { t, language } = useTexts();
  const [now, setNow] = useState(() => Date.now());
  const isOver = run.finishedAt !== null || run.startedAt === null;
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isOver]);
  if (run.startedAt === null) return <span className="faint">{t('common.none')}</span>;
  const end = run.finishedAt === null ? now : new Date(run.finishedAt).getTime();
  return formatDuration(Math.max(0, end - new Date(run.startedAt).getTime()), language);
}
