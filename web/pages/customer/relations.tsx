import { lazy, Suspense, useState } from 'react';
import type { Profile } from '../../api/customer.ts';
import { Button } from '../../kit/kit.ts';
import { TaskStack } from '../../tasks/task-stack.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';
import { historyOf } from './facts.ts';
import { Some } from './some.tsx';
import { Timeline } from './timeline.tsx';

const TagHistory = lazy(() => import('./tag-history.tsx').then((module) => ({ default: module.TagHistory })));

/** What is to be done for the customer; what has been done is folded away below. */
export function CustomerTasks({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const open = profile.tasks.filter((task) => task.status === 'open').sort(byDue);
  const done = profile.tasks.filter((task) => task.status !== 'open');
  const [chosen, setChosen] = useState<string | null>();
  const focus = chosen === undefined ? (open[0]?.id ?? null) : chosen;
  const { id, name, gender } = profile.customer;
  const customer = {
    id,
    name: typeof name === 'string' ? name : null,
    gender: typeof gender === 'string' ? gender : null,
  };
  const toggle = (task: string) => setChosen(task === focus ? null : task);
  return (
    <Block title={t('customer.tasks')} count={open.length} className="customer-tasks">
      {open.length === 0 && <Nothing>{t('customer.noTasks')}</Nothing>}
      <TaskStack tasks={open} customer={customer} focus={focus} onFocus={toggle} keys />
      {done.length > 0 && (
        <details className="fold">
          <summary>{t('customer.doneTasks', { count: done.length })}</summary>
          <TaskStack tasks={done} customer={customer} focus={focus} onFocus={toggle} />
        </details>
      )}
    </Block>
  );
}

const byDue = (a: { dueAt: string | null }, b: { dueAt: string | null }) =>
  (a.dueAt ?? '9999') < (b.dueAt ?? '9999') ? -1 : 1;

const ENTRIES_AT_FIRST = 8;

export function History({ profile }: { profile: Profile }) {
  const { t } = useTexts();
  const history = historyOf(profile.timeline);
  const [tags, setTags] = useState(false);
  return (
    <Block
      title={t('customer.timelineTitle')}
      count={history.length}
      actions={
        <Button look="quiet" icon="tag" onClick={() => setTags(true)}>
          {t('customer.tagHistory.title')}
        </Button>
      }
    >
      {tags && (
        <Suspense>
          <TagHistory customer={profile.customer.id} onClose={() => setTags(false)} />
        </Suspense>
      )}
      {profile.timeline.length === 0 ? (
        <Nothing>{t('customer.noTimeline')}</Nothing>
      ) : (
        <Some rows={history} atFirst={ENTRIES_AT_FIRST}>
          {(entries) => <Timeline entries={entries} />}
        </Some>
      )}
    </Block>
  );
}
