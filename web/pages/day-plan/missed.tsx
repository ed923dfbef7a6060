import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { missedQuery } from '../../api/day-plan.ts';
import { Badge, Button, DateText } from '../../kit/kit.ts';
import { Due } from '../../tasks/due.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Which absence the reader has seen told, so that it is told once a session of the browser. */
const SEEN = 'day-plan.missed';

/** What came to the desk since its owner was last here; nothing where nothing did. */
export function Missed() {
  const { t } = useTexts();
  const missed = useQuery(missedQuery);
  const [seen, setSeen] = useState(() => sessionStorage.getItem(SEEN));
  const told = missed.data;
  if (!told?.since || seen === told.since) return null;
  const { created, late, overdue, doneByOthers, tasks } = told;
  if (created + overdue + doneByOthers === 0) return null;
  const parts = [
    created > 0 && t('dayPlan.missed.alerts', { count: created }),
    late > 0 && t('dayPlan.missed.late', { count: late }),
    overdue > 0 && t('dayPlan.missed.overdue', { count: overdue }),
    doneByOthers > 0 && t('dayPlan.missed.byDeputy', { count: doneByOthers }),
  ].filter((part) => part !== false);
  const hide = () => {
    sessionStorage.setItem(SEEN, told.since ?? '');
    setSeen(told.since);
  };
  return (
    <details className="plan-missed">
      <summary>
        <strong>{t('dayPlan.missed.title')}</strong>
        <span className="quiet">
          <DateText value={told.since} />
        </span>
        {parts.map((part) => (
          <span key={part}>{part}</span>
        ))}
      </summary>
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>
            <Link to="/customers/$id" params={{ id: task.customer.id }} className="reference">
              {task.customer.name}
            </Link>
            <span className="ellipsis">{task.title}</span>
            {task.doneByOthers ? (
              <Badge colour="green">{t('dayPlan.missed.done')}</Badge>
            ) : (
              <Due task={{ dueAt: task.dueAt, overdue: task.overdue }} />
            )}
          </li>
        ))}
      </ul>
      <Button look="quiet" onClick={hide}>
        {t('dayPlan.missed.hide')}
      </Button>
    </details>
  );
}
