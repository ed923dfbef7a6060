import { readInstitution } from '#access';
import { raw, type Sql, sql, type Transaction } from '#database';
import { parameterValues, workCalendar } from '#facts';
import type { JobContext, JobHandler, Schedule } from '#jobs';
import { subtractWorkingMinutes, type Text } from '#kernel';
import { type Model, recordId } from '#metadata';
import { type NewNotification, notify } from '#notifications';
import { textIn } from '#records';
import { headsNear } from '#rules';

// A task that is overdue for longer than is its assignee's business rings the bell of his supervisor, once. What was told stands beside the
// task: a bell that was cleared away does not ring again, a task that was given a new deadline and missed that one too does.

const ESCALATE_JOB = 'tasks.escalate';

const limits = {
  /** Tasks of one transaction. */
  rows: 1_000,
  /** Of one person in one look told one by one; more are one line. */
  single: 3,
};

interface Escalated {
  task: string;
  customer: string;
  due: string;
  assignee: string | null;
  assigneeName: string | null;
  /** Of the assignee, else of the customer. */
  unit: string | null;
  zh: string;
  en: string;
}

/** The instant before which a task must have been due to be the supervisor's business: so many working hours ago. */
export async function escalationLine({ database, clock, model, institution }: EscalationContext): Promise<string> {
  const { zone, currency, calendar } = institution;
  const values = await parameterValues(database, model, currency);
  const minutes = Number(values.get('escalation_hours')) * 60;
  return subtractWorkingMinutes(workCalendar(model, calendar), zone, clock(), minutes).toISOString();
}

type EscalationContext = Pick<JobContext, 'database' | 'clock'> & {
  model: Model;
  institution: { zone: string; currency: string; calendar: string };
};

/** Tells supervisors of the tasks that have escalated since the last look; returns how many tasks. */
export async function tellEscalations(job: Pick<JobContext, 'database' | 'clock' | 'signal'>, model: Model) {
  const { database, clock, signal } = job;
  const institution = await readInstitution(database);
  const line = await escalationLine({ database, clock, model, institution });
  let tasks = 0;
  for (;;) {
    signal.throwIfAborted();
    const found = await database.transaction(async (tx) => {
      const rows = await newlyEscalated(tx, line, clock());
      await tell(tx, clock(), institution.zone, rows);
      return rows.length;
    });
    tasks += found;
    if (found < limits.rows) return { tasks };
  }
}

/** Takes tasks into the ledger of what was told, in the transaction that tells: two processes never tell of one. */
async function newlyEscalated(tx: Transaction, line: string, at: Date): Promise<Escalated[]> {
  const title = (language: 'zh' | 'en'): Sql => raw(textIn(language, 'evidence.text', 'title', 't'));
  const { rows } = await tx.query<Escalated>(
    // A walled customer is nobody's business but his manager's.
    sql`with taken as (
       insert into task_escalation (task_id, due_at, told_at)
       select t.id, t.due_at, ${at.toISOString()}::timestamptz from task t join customer c on c.id = t.customer_id
        where t.status = 'open' and t.due_at < ${line}::timestamptz and c.walled is not true
          and not exists (select from task_escalation e where e.task_id = t.id and e.due_at = t.due_at)
        order by t.due_at, t.id limit ${limits.rows}
       on conflict do nothing returning task_id)
     select t.id::text as task, t.customer_id::text as customer, t.due_at::text as due, t.assignee_id::text as assignee, u.name as "assigneeName",
        coalesce(u.org_unit_id, c.branch_id)::text as unit, ${title('zh')} as zh, ${title('en')} as en
      from taken k join task t on t.id = k.task_id join customer c on c.id = t.customer_id
      left join "user" u on u.id = t.assignee_id and u.active order by t.due_at, t.id`,
  );
  return rows;
}

async function tell(tx: Transaction, now: Date, zone: string, rows: readonly Escalated[]): Promise<void> {
  const units = [...new Set(rows.flatMap(({ unit }) => unit ?? []))];
  const heads = await headsNear(tx, { now, zone }, units);
  const byHead = new Map<string, Escalated[]>();
  for (const row of rows) {
    const [head] = (row.unit === null ? [] : (heads.get(row.unit) ?? [])).filter((id) => id !== row.assignee);
    if (head) byHead.set(head, [...(byHead.get(head) ?? []), row]);
  }
  const told = [...byHead].flatMap(([userId, own]) =>
    own.length <= limits.single ? own.map((each) => bellOf(userId, each)) : [summaryOf(userId, own)],
  );
  await notify(tx, now, told);
}

const PATH = '/team?view=escalations';

function bellOf(userId: string, { task, customer, due, assigneeName, zh, en }: Escalated): NewNotification {
  const text: Text = assigneeName
    ? {
        zh: `负责人 ${assigneeName}，已逾期超过规定时间。`,
        en: `Assigned to ${assigneeName}, overdue for longer than allowed.`,
      }
    : { zh: '没有负责人，已逾期超过规定时间。', en: 'Assigned to nobody, overdue for longer than allowed.' };
  return {
    id: recordId('notification', 'program', `escalation/${task}/${due}/${userId}`),
    userId,
    level: 'urgent',
    title: { zh: `待办逾期升级：${zh}`, en: `Overdue task escalated: ${en}` },
    text,
    customerId: customer,
    path: PATH,
  };
}

function summaryOf(userId: string, own: readonly Escalated[]): NewNotification {
  const [first] = own;
  return {
    id: recordId('notification', 'program', `escalations/${first!.task}/${first!.due}/${userId}`),
    userId,
    level: 'urgent',
    title: { zh: `${own.length} 项待办逾期升级`, en: `${own.length} overdue tasks escalated` },
    text: {
      zh: '请在“团队 · 升级”里接手或改派。',
      en: 'Take them over or give them to somebody else, under team, escalations.',
    },
    path: PATH,
  };
}

export const jobHandlers = (model: Model): JobHandler[] => [
  {
    kind: ESCALATE_JOB,
    label: { zh: '待办逾期升级', en: 'Escalate overdue tasks' },
    run: (ctx) => tellEscalations(ctx, model),
  },
];

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** Every hour, soon after it struck: deadlines are at full hours most of all. */
export const schedules = (zone: string): Schedule[] =>
  HOURS.map((hour) => ({
    name: `${ESCALATE_JOB}/${hour}`,
    kind: ESCALATE_JOB,
    at: `${hour}:05`,
    zone,
    payload: () => ({}),
  }));
