/** What a customer carries beside the name: tier and tags, each answering "why". */
import { useRef, useState } from 'react';
import type { TagOfCustomer } from '../../api/customer.ts';
import type { Evidence } from '../../api/day-plan.ts';
import { useMetadata } from '../../api/hooks.ts';
import type { Option } from '../../api/types.ts';
import { Badge, Popover } from '../../kit/kit.ts';
import { EvidenceTable, Reason } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';
import './marks.css';

interface MarkProps {
  option: Option | undefined;
  code: string;
  since?: string | null | undefined;
  reason?: Evidence | null | undefined;
}

/** A badge that opens to its reason. */
function Mark({ option, code, since, reason }: MarkProps) {
  const { t, text } = useTexts();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const word = option ? text(option.label) : code;
  return (
    <>
      <button ref={anchor} type="button" className="mark-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Badge colour={option?.color}>{word}</Badge>
      </button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} className="mark-reason">
        <MarkHead option={option} code={code} since={since} />
        {reason ? <Reason reason={reason} /> : <p className="quiet">{t('customer.noReason')}</p>}
      </Popover>
    </>
  );
}

export function TierMark({ code, reason }: { code: string; reason?: Evidence | null | undefined }) {
  const { tiers } = useMetadata();
  return <Mark option={tiers.find((tier) => tier.code === code)} code={code} reason={reason} />;
}

/** The first tags; all of them, with their reasons, behind one press. */
export function TagMarks({ tags, max }: { tags: TagOfCustomer[]; max: number }) {
  const { t } = useTexts();
  const metadata = useMetadata();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const optionOf = (code: string) => metadata.tags.find((each) => each.code === code);
  return (
    <>
      {tags.slice(0, max).map((tag) => (
        <Mark key={tag.code} option={optionOf(tag.code)} {...tag} />
      ))}
      {tags.length > max && (
        <>
          <button
            ref={anchor}
            type="button"
            className="mark-more"
            aria-expanded={open}
            title={t('customer.allTags', { count: tags.length })}
            onClick={() => setOpen(!open)}
          >
            +{tags.length - max}
          </button>
          <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} align="end" className="mark-reason">
            {tags.map((tag) => (
              <div key={tag.code} className="mark-entry">
                <MarkHead option={optionOf(tag.code)} code={tag.code} since={tag.since} />
                <EvidenceTable evidence={tag.reason ?? {}} />
              </div>
            ))}
          </Popover>
        </>
      )}
    </>
  );
}

function MarkHead({ option, code, since }: Omit<MarkProps, 'reason'>) {
  const { t, text } = useTexts();
  return (
    <header>
      <Badge colour={option?.color}>{option ? text(option.label) : code}</Badge>
      {since && <span className="faint">{t('customer.since', { date: since })}</span>}
    </header>
  );
}

/** Tier and tags as plain words, for lists. */
export function PlainMarks({ tier, tags, max }: { tier: string | null; tags: string[]; max: number }) {
  const { t, text } = useTexts();
  const metadata = useMetadata();
  const find = (options: Option[], code: string) => options.find((each) => each.code === code);
  const word = (option: Option | undefined, code: string) => (option ? text(option.label) : code);
  const rest = tags.slice(max);
  const restWords = rest.map((code) => word(find(metadata.tags, code), code)).join(t('filter.join'));
  return (
    <>
      {tier && <Badge colour={find(metadata.tiers, tier)?.color}>{word(find(metadata.tiers, tier), tier)}</Badge>}
      {tags.slice(0, max).map((code) => {
        const option = find(metadata.tags, code);
        return (
          <span key={code} className="plain-tag ellipsis">
            {word(option, code)}
          </span>
        );
      })}
      {rest.length > 0 && (
        <span className="plain-tag faint" title={restWords}>
          +{rest.length}
        </span>
      )}
    </>
  );
}
