import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { queryClient, teamQuery } from '../../api/queries.ts';
import { assignTasks, escalationsQuery, type Escalations as Told } from '../../api/team.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  Dialog,
  Empty,
  ErrorState,
  Field,
  Select,
  Skeleton,
  Table,
  TextInput,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { Due, LateMark } from '../../tasks/due.tsx';
import { PriorityMark } from '../../tasks/priority.tsx';
import { useTexts } from '../../texts/texts.ts';

type Item = Told['tasks'][number];

/** Tasks overdue for longer than is their manager's own business: taken over, or given to somebody else. */
export function Escalations() {
  const { t } = useTexts();
  const told = useQuery(escalationsQuery);
  const mayAssign = useMay('tasks.assign');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Item[] | null>(null);
  if (told.error && !told.data) return <ErrorState error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton lines={6} />;
  const items = told.data.tasks;
  if (items.length === 0)
    return <Empty icon="check" title={t('team.escalations.empty')} hint={t('team.escalations.hint')} />;
  const picked = items.filter(({ task }) => chosen.has(task.id));
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <>
      <div className="team-line">
        <p className="quiet">{t('team.escalations.hint')}</p>
        {mayAssign && (
          <Button
            look="primary"
            disabled={picked.length === 0}
            reason={picked.length === 0 ? t('team.escalations.choose') : undefined}
            onClick={() => setAsking(picked)}
          >
            {t('team.escalations.assign', { count: picked.length })}
          </Button>
        )}
      </div>
      <Table
        label={t('team.views.escalations')}
        rows={items}
        rowKey={({ task }) => task.id}
        columns={[
          ...(mayAssign
            ? [
                {
                  code: 'choose',
                  width: '32px',
                  label: (
                    <input
                      type="checkbox"
                      aria-label={t('team.escalations.all')}
                      checked={picked.length === items.length}
                      onChange={() =>
                        setChosen(
                          picked.length === items.length ? new Set() : new Set(items.map(({ task }) => task.id)),
                        )
                      }
                    />
                  ),
                  cell: ({ task }: Item) => (
                    <input
                      type="checkbox"
                      aria-label={task.title}
                      checked={chosen.has(task.id)}
                      onChange={() => toggle(task.id)}
                    />
                  ),
                },
              ]
            : []),
          {
            code: 'task',
            label: t('team.escalations.task'),
            phone: 'title' as const,
            cell: ({ task }: Item) => (
              <span className="team-task">
                <PriorityMark priority={task.priority} /> {task.title} <LateMark task={task} />
              </span>
            ),
          },
          {
            code: 'customer',
            label: t('team.escalations.customer'),
            cell: ({ customer }: Item) => (
              <Link to="/customers/$id" params={{ id: customer.id }} className="reference">
                {customer.name}
              </Link>
            ),
          },
          {
            code: 'assignee',
            label: t('team.member'),
            cell: ({ assignee }: Item) =>
              assignee?.label ?? <span className="team-overdue">{t('team.escalations.nobody')}</span>,
          },
          { code: 'due', label: t('team.overdue'), cell: ({ task }: Item) => <Due task={task} /> },
        ]}
      />
      {told.data.more && <p className="faint">{t('team.escalations.more')}</p>}
      {asking && (
        <Assign
          items={asking}
          onClose={() => setAsking(null)}
          onDone={() => {
            setAsking(null);
            setChosen(new Set());
          }}
        />
      )}
    </>
  );
}

function Assign({ items, onClose, onDone }: { items: Item[]; onClose: () => void; onDone: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const team = useQuery(teamQuery);
  const [to, setTo] = useState('me');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const ready = reason.trim() !== '' && !busy;
  const send = async () => {
    setBusy(true);
    try {
      const { assigned } = await assignTasks(
        items.map(({ task }) => task.id),
        to,
        reason.trim(),
      );
      toast(t('team.escalations.assigned', { count: assigned }));
      await Promise.all([['team'], ['day-plan']].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
      onDone();
    } catch (error) {
      toast(errorText(error), 'problem');
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t('team.escalations.assign', { count: items.length })}
      onClose={onClose}
      width={440}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            disabled={!ready}
            reason={ready ? undefined : t('team.escalations.reasonNeeded')}
            onClick={() => void send()}
          >
            {t('common.ok')}
          </Button>
        </>
      }
    >
      <Field label={t('team.escalations.to')}>
        {(control) => (
          <Select
            {...control}
            value={to}
            choices={[
              { value: 'me', label: t('team.escalations.myself') },
              ...(team.data?.members ?? []).map(({ user, open }) => ({
                value: user.id,
                label: `${user.name}  ${open}`,
              })),
            ]}
            onChange={setTo}
          />
        )}
      </Field>
      <Field label={t('team.escalations.reason')} required>
        {(control) => (
          <TextInput
            {...control}
            autoFocus
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
