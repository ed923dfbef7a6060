import { addDays, addMonths, daysBetween } from '#kernel';

interface Mark {
  id: string;
  kind: string;
  label: string;
  date: string;
  amount: string | null;
}

interface MaturityStripProps {
  label: string;
  from: string;
  days: number;
  marks: Mark[];
}

const TALLEST_PX = 26;
const SHORTEST_PX = 6;

interface Day {
  amount: number;
  kind: string;
  labels: string[];
}

/** A line of time with a stem for every day on which something ends; the higher, the more money. */
export function MaturityStrip({ label, from, days, marks }: MaturityStripProps) {
  const left = (date: string) => `${(daysBetween(from, date) / days) * 100}%`;
  const byDay = new Map<string, Day>();
  for (const mark of marks) {
    const day = byDay.get(mark.date) ?? { amount: 0, kind: mark.kind, labels: [] };
    day.amount += Number(mark.amount ?? 0);
    if (mark.kind === 'loan') day.kind = 'loan';
    day.labels.push(mark.label);
    byDay.set(mark.date, day);
  }
  const most = Math.max(...[...byDay.values()].map((day) => day.amount), 1);
  // By the square root, so that one large sum does not flatten the others.
  const height = (amount: number) => SHORTEST_PX + Math.sqrt(Math.max(0, amount) / most) * (TALLEST_PX - SHORTEST_PX);
  return (
    <div className="maturity-strip" role="img" aria-label={label}>
      {firstsOfMonth(from, addDays(from, days)).map((date) => (
        <span key={date} className="maturity-month" style={{ left: left(date) }}>
          {date.slice(0, 7)}
        </span>
      ))}
      {[...byDay].map(([date, day]) => (
        <span
          key={date}
          className="maturity-stem"
          data-kind={day.kind}
          title={`${date} ${day.labels.join(' / ')}`}
          style={{ left: left(date), height: height(day.amount) }}
        />
      ))}
    </div>
  );
}

function firstsOfMonth(from: string, to: string): string[] {
  const found: string[] = [];
  for (let first = addMonths(`${from.slice(0, 7)}-01`, 1); first <= to; first = addMonths(first, 1)) found.push(first);
  return found;
}
