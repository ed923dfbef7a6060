import { parse, stringify } from 'yaml';
import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import { feedKinds } from '../failures.ts';
import { type Feed, feedSchema } from './definition.ts';

const limits = { feedsMax: 500, yamlLengthMax: 200_000 };

/** A feed as stored. */
export interface StoredFeed extends Feed {
  version: number;
  updatedAt: string;
  updatedBy: string;
}

export async function readFeeds(db: Queryable): Promise<StoredFeed[]> {
  const { rows } = await db.query<{ definition: Feed; version: number; updated_at: string; updated_by: string }>(
    'select definition, version, updated_at, updated_by from load_feed order by code limit $1',
    [limits.feedsMax],
  );
  return rows.map(({ definition, version, updated_at, updated_by }) => ({
    ...definition,
    version,
    updatedAt: updated_at,
    updatedBy: updated_by,
  }));
}

/** Makes a feed or changes one; `version` is the one that the writer saw, 0 for a new feed. */
export async function putFeed(
  tx: Transaction,
  { clock, actor }: { clock: Clock; actor: Actor },
  feed: Feed,
  version: number,
): Promise<void> {
  const before = (await readFeeds(tx)).find(({ code }) => code === feed.code);
  if ((before?.version ?? 0) !== version) throw new Failure(feedKinds.changed, { code: feed.code });
  const values = [feed.code, JSON.stringify(feed.label), JSON.stringify(feed), feed.active, version + 1];
  const stamp = [clock().toISOString(), actor.username];
  const { rowCount } = await tx.query(
    version === 0
      ? `insert into load_feed (code, label, definition, active, version, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`
      : `update load_feed set label = $2, definition = $3, active = $4, version = $5, updated_at = $6, updated_by = $7
          where code = $1 and version = $5 - 1`,
    [...values, ...stamp],
  );
  if (rowCount === 0) throw new Failure(feedKinds.changed, { code: feed.code });
  const { version: _, updatedAt: __, updatedBy: ___, ...old } = before ?? ({} as Partial<StoredFeed>);
  const detail = { feed: feed.code, before: before ? old : null, after: feed };
  await record(tx, { at: clock(), actor, action: 'configure', detail });
}

/** Feeds as a text that can be kept beside the packs and brought in elsewhere. */
export function feedsToYaml(feeds: readonly StoredFeed[]): string {
  return stringify(feeds.map(({ version: _, updatedAt: __, updatedBy: ___, ...feed }) => feed));
}

/** Throws a Failure that names the entry and the setting. */
export function feedsFromYaml(text: string): Feed[] {
  if (text.length > limits.yamlLengthMax) throw new Failure(feedKinds.yaml, { reason: `> ${limits.yamlLengthMax}` });
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new Failure(feedKinds.yaml, { reason: (error as Error).message.split('\n')[0] });
  }
  return [raw].flat().map((entry, index) => {
    const result = feedSchema.safeParse(entry);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const at = [index + 1, ...issue.path, ...keys].join('.');
    throw new Failure(feedKinds.yaml, { reason: `${at}: ${issue.message}` }, at);
  });
}
