import type { TimelineEntry } from '../../api/customer.ts';
import { DateText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import './marks.css';

/** What happened with the customer, newest first: contacts, tasks, notes, changes of tier and tags. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const { text } = useTexts();
  return (
    <ol className="timeline">
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.kind} ${entry.title}`} data-kind={entry.kind}>
          <div className="timeline-head">
            <strong>{text(entry.title)}</strong>
            <span className="faint">
              {typeof entry.by === 'string' ? entry.by : entry.by?.label} <DateText value={entry.at} />
            </span>
          </div>
          {entry.text && <p className="long-text quiet">{entry.text}</p>}
        </li>
      ))}
    </ol>
  );
}
