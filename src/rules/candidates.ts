import { type Sql, sql } from '#database';
import { type Expression, type Panel, panelOf } from '#expressions';
import {
  type CustomerReader,
  customerReader,
  type FactsDay,
  type FoldedRow,
  foldedMetrics,
  leadTo,
  oncePerModel,
} from '#facts';
import type { Model } from '#metadata';
import { liveBeside, watchedBeside } from './live-rules.ts';
import { lookedAt, type Membership } from './memberships.ts';
import { tags } from './tags.ts';
import { tiers } from './tiers.ts';

// After a batch of facts most customers keep their tier and tags. The conditions that the facts may have turned are evaluated in memory
// to find the others; what becomes of these is for the statements of tiers and tags to say.

/** What to look at after facts of some entities. */
export interface Watch {
  /** Columns to read beside the histories: what these conditions look at, and those of live rules. */
  beside: readonly Sql[];
  /** The same and all else that live rules look at, for a few customers. */
  besideFew: readonly Sql[];
  /** Null where a condition asks for more than the customer's own row. */
  reader: CustomerReader | null;
  /** The conditions of all of these. */
  panel: Panel;
  /** All of them or none: the first that holds counts. */
  tiers: readonly Watched[];
  tags: readonly Watched[];
}

const watches = oncePerModel((_model) => new Map<string, Watch>());

interface Watched {
  code: string;
  /** Its condition's place in the panel; undefined of a tier that everybody left is in. */
  place: number | undefined;
}

export function watchOf(model: Model, entities: ReadonlySet<string>): Watch {
  const key = [...entities].sort().join(' ');
  const known = watches(model).get(key);
  if (known) return known;
  const changed = foldedMetrics(model, entities);
  const turned = (all: readonly Membership<unknown>[]) => leadTo(model, lookedAt(all), changed);
  const own = {
    tiers: turned(tiers(model)) ? tiers(model) : [],
    tags: tags(model).filter((tag) => tag.condition !== undefined && turned([tag])),
  };
  const reader = customerReader(model, lookedAt([...own.tiers, ...own.tags]), {}, changed);
  const held = reader ? [...reader.columns, sql`c.tier as tier_held`, sql`m.tags as tags_held`] : [];
  const beside = [...new Map([...held, ...liveBeside(model, changed)].map((each) => [each.text, each])).values()];
  const conditions: Expression[] = [];
  const watched = ({ definition: { code }, condition }: Membership<{ code: string }>): Watched => ({
    code,
    place: condition && conditions.push(condition) - 1,
  });
  const places = { tiers: own.tiers.map(watched), tags: own.tags.map(watched) };
  const besideFew = [...beside, ...watchedBeside(model)];
  const watch = { ...places, reader, panel: panelOf(conditions), beside, besideFew };
  watches(model).set(key, watch);
  return watch;
}

export interface Candidates {
  tiers: readonly string[];
  tags: readonly string[];
}

interface WatchedRow extends FoldedRow {
  tier_held: string | null;
  /** Null of a customer without metrics. */
  tags_held: string[] | null;
}

/** The customers of a batch whose tier or tags may not be what their conditions say. */
export function findCandidates(
  { reader, panel, tiers, tags }: Watch,
  day: FactsDay,
  folded: readonly FoldedRow[],
): Candidates {
  if (!reader) {
    const all = folded.map((row) => row.customer_id);
    return { tiers: tiers.length > 0 ? all : [], tags: tags.length > 0 ? all : [] };
  }
  const found = { tiers: [] as string[], tags: [] as string[] };
  for (const row of folded as readonly WatchedRow[]) {
    if (!row.tags_held) continue;
    reader.complete(row, day.expressions);
    panel.take(row, day.expressions);
    if (tiers.length > 0 && tierOf(tiers, panel) !== row.tier_held) found.tiers.push(row.customer_id);
    if (tagsDiffer(tags, panel, row.tags_held)) found.tags.push(row.customer_id);
  }
  return found;
}

const tierOf = (tiers: readonly Watched[], panel: Panel): string | undefined =>
  tiers.find(({ place }) => place === undefined || panel.value(place) === true)?.code;

/** Does any tag's condition say otherwise than what the customer has? */
const tagsDiffer = (tags: readonly Watched[], panel: Panel, held: readonly string[]): boolean =>
  tags.some(({ code, place }) => (panel.value(place!) === true) !== held.includes(code));
