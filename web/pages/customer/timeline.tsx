import { dateIn } from '#kernel';
import type { TimelineEntry } from '../../api/customer.ts';
import { useEntityByCode, useInstitution, useMetadata } from '../../api/hooks.ts';
import type { Option } from '../../api/types.ts';
import { DateText } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import type { HistoryEntry } from './facts.ts';
import './marks.css';

/** What happened with the customer, newest first: contacts, tasks done, changes of tier and tags. */
export function Timeline({ entries }: { entries: HistoryEntry[] }) {
  const { t } = useTexts();
  return (
    <ol className="timeline">
      {entries.map((entry) => (
        <li key={`${entry.at} ${entry.kind} ${entry.code} ${entry.text}`} data-kind={entry.kind}>
          <div className="timeline-head">
            <strong>
              <TimelineTitle entry={entry} />
            </strong>
            <span className="faint">
              {entry.by} <When entry={entry} />
            </span>
          </div>
          {entry.kind === 'interaction' && entry.text && <p className="long-text quiet">{entry.text}</p>}
          {entry.task && <p className="faint">{t('customer.timeline.task', { title: entry.task })}</p>}
        </li>
      ))}
    </ol>
  );
}

/** Tiers and tags change with the business date, people act at a time of day. */
function When({ entry }: { entry: TimelineEntry }) {
  const { zone } = useInstitution();
  const daily = entry.kind === 'tier' || entry.kind === 'tag_on' || entry.kind === 'tag_off';
  return <DateText value={daily ? dateIn(zone, new Date(entry.at)) : entry.at} />;
}

/** An entry in one line, in the words of the pack. */
export function TimelineTitle({ entry }: { entry: TimelineEntry }) {
  const { t, text } = useTexts();
  const { tags, tiers } = useMetadata();
  const interaction = useEntityByCode('interaction');
  const optionsOf = (field: string) => interaction?.fields.find(({ code }) => code === field)?.options ?? [];
  const word = (options: Option[], code: string | null) => {
    const option = options.find((each) => each.code === code);
    return option ? text(option.label) : (code ?? '');
  };
  const result = entry.result === null ? '' : word(optionsOf('result'), entry.result);
  const join = (...parts: string[]) => parts.filter((part) => part !== '').join(' · ');
  switch (entry.kind) {
    case 'interaction':
      return join(word(optionsOf('channel'), entry.code), result);
    case 'task':
      return join(t('customer.timeline.task', { title: entry.text ?? '' }), result);
    case 'tag_on':
      return t('customer.timeline.tagOn', { tag: word(tags, entry.code) });
    case 'tag_off':
      return t('customer.timeline.tagOff', { tag: word(tags, entry.code) });
    case 'tier':
      return entry.text === null
        ? t('customer.timeline.tierFirst', { tier: word(tiers, entry.code) })
        : t('customer.timeline.tier', { before: word(tiers, entry.text), tier: word(tiers, entry.code) });
  }
}
