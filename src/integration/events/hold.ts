import { ident, type Queryable, type Transaction } from '#database';
import { Failure } from '#kernel';
import { type Model, newId } from '#metadata';
import type { CheckedEvent } from './check.ts';
import { eventKinds } from './failures.ts';
import type { EventItem } from './item.ts';
import type { Missing } from './references.ts';
import type { EventRequest } from './write.ts';

export const limits = {
  /** Held events of all sources. */
  heldMax: 100_000,
  /** Taken up again at a time. */
  retriedAtOnce: 1_000,
};

interface Lost extends Missing {
  event: CheckedEvent;
  request: EventRequest;
}

/** Keeps events until what they point at is there; returns those for which there is no room, with the refusal. */
export async function holdEvents(
  tx: Transaction,
  now: Date,
  lost: readonly Lost[],
): Promise<Map<CheckedEvent, Failure>> {
  const refused = new Map<CheckedEvent, Failure>();
  if (lost.length === 0) return refused;
  const { rows } = await tx.query<{ held: string }>(
    `select count(*) as held from (select from event_hold limit ${limits.heldMax}) h`,
  );
  const room = limits.heldMax - Number(rows[0]!.held);
  for (const { event } of lost.slice(room)) {
    refused.set(event, new Failure(eventKinds.hold_full, { max: limits.heldMax }));
  }
  const kept = lost.slice(0, room);
  await tx.query(
    `insert into event_hold (id, source, type, event_id, item, missing_entity, missing_id, missing_source, missing_key, user_id, actor, held_at)
       select h.*, $12::timestamptz from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::bigint[], $8::text[],
         $9::text[], $10::bigint[], $11::text[]) h
     on conflict (source, type, event_id) do update set item = excluded.item, missing_entity = excluded.missing_entity,
       missing_id = excluded.missing_id, missing_source = excluded.missing_source, missing_key = excluded.missing_key`,
    [
      kept.map(() => newId(() => now)),
      kept.map(({ event }) => event.item.source),
      kept.map(({ event }) => event.item.type),
      kept.map(({ event }) => event.item.id),
      kept.map(({ event }) => JSON.stringify(event.item)),
      kept.map(({ reference }) => reference.entity),
      kept.map(({ reference }) => reference.id),
      kept.map(({ reference }) => reference.source),
      kept.map(({ reference }) => reference.key),
      kept.map(({ request }) => request.actor.userId ?? '0'),
      kept.map(({ request }) => request.actor.username),
      now,
    ],
  );
  return refused;
}

/** A held event as it is taken up again. */
export interface HeldEvent {
  id: string;
  item: EventItem;
  user_id: string;
  actor: string;
}

/** Held events whose missing row has come since, the oldest first. */
export async function arrivedEvents(db: Queryable, model: Model): Promise<HeldEvent[]> {
  const { rows: entities } = await db.query<{ entity: string }>(
    'select distinct missing_entity as entity from event_hold',
  );
  const parts = entities
    .filter(({ entity }) => model.entities.some(({ code }) => code === entity))
    .map(
      ({ entity }) =>
        `(h.missing_entity = '${entity}' and exists (select from ${ident(entity).sql} e where e.id = h.missing_id))`,
    );
  if (parts.length === 0) return [];
  const { rows } = await db.query<HeldEvent>(
    `select h.id, h.item, h.user_id, h.actor from event_hold h
      where ${parts.join(' or ')} or (h.missing_entity = 'customer' and exists (
        select from customer_identity i where i.system = h.missing_source and i.external_id = h.missing_key))
      order by h.id limit ${limits.retriedAtOnce}`,
  );
  return rows;
}
