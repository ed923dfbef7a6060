import { z } from 'zod';
import type { Failure } from '#kernel';
import { Failure as Refused } from '#kernel';
import { eventKinds } from './failures.ts';

/** A row of the bank's systems: by the key that a source gives it, or by our id. */
export interface Pointer {
  /** Default: the source of the event. */
  source?: string | undefined;
  key?: string | undefined;
  id?: string | undefined;
}

/** One live fact as a source tells it, whichever of the two forms it came in. */
export interface EventItem {
  /** Place in the request, from 0. */
  position: number;
  source: string;
  /** The key of the fact at its source: the same in every delivery, and in the nightly file. */
  id: string;
  /** Code of the fact's entity. */
  type: string;
  /** RFC 3339 instant, or a date where the time of day is not known. */
  time: string | undefined;
  customer: Pointer | undefined;
  data: Record<string, unknown>;
  operation: 'upsert' | 'delete';
  /** Rises with each version of the fact; an older version never overwrites a newer one. Decimal text. */
  sequence: string | null;
}

export const limits = { itemsMax: 2_000, keyLengthMax: 200, sourceLengthMax: 120, bodyBytesMax: 4 * 1_048_576 };

const key = z.string().min(1).max(limits.keyLengthMax);
const source = z.string().min(1).max(limits.sourceLengthMax);
const id = z.string().regex(/^[1-9]\d{0,18}$/);
const pointer = z.union([
  z.strictObject({ source: source.optional(), key }),
  z.strictObject({ id }),
]) satisfies z.ZodType<Pointer>;
export const pointerShape = z.union([key, pointer]);
const operation = z.enum(['upsert', 'delete']);
const sequence = z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,18}$/)]);
const time = z.string().min(10).max(40);
const data = z.record(z.string(), z.unknown());

const nativeItem = z.strictObject({
  id: key,
  type: z.string().min(1).max(60),
  time: time.optional(),
  customer: pointer.optional(),
  data: data.default({}),
  operation: operation.default('upsert'),
  sequence: sequence.optional(),
});

/** CloudEvents 1.0, JSON format; attributes that we do not know are allowed there and mean nothing here. */
const cloudItem = z.looseObject({
  specversion: z.literal('1.0'),
  id: key,
  source,
  type: z.string().min(1).max(200),
  time: time.optional(),
  subject: z.string().max(limits.keyLengthMax).optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/([\w.+-]+\+)?json\b/i)
    .optional(),
  data: data.default({}),
  operation: operation.default('upsert'),
  sequence: sequence.optional(),
});

/** Items are looked at one by one, so that a bad one is told by itself and the others go in. */
const items = <S extends z.ZodType>(shape: S) =>
  z
    .array(z.union([shape, z.unknown()]))
    .min(1)
    .max(limits.itemsMax);

export const bodyShape = z.union([z.strictObject({ source, events: items(nativeItem) }), items(cloudItem), cloudItem]);

export type EventBody = z.output<typeof bodyShape>;

export interface ReadItems {
  items: EventItem[];
  /** Items that are none, by their place; `id` where one can be made out. */
  refused: { position: number; id: string | null; failure: Failure }[];
}

/** The items of a request, in their order. */
export function readItems(body: EventBody): ReadItems {
  const result: ReadItems = { items: [], refused: [] };
  const isNative = !Array.isArray(body) && 'events' in body && Array.isArray(body.events);
  const list: unknown[] = isNative ? (body.events as unknown[]) : Array.isArray(body) ? body : [body];
  list.forEach((raw, position) => {
    const read = isNative ? nativeItem.safeParse(raw) : cloudItem.safeParse(raw);
    if (!read.success) {
      const issue = read.error.issues[0]!;
      const field = issue.path.join('.') || 'item';
      const failure = new Refused(eventKinds.item_invalid, { field, reason: issue.message }, field);
      const id = (raw as { id?: unknown } | null)?.id;
      result.refused.push({ position, id: typeof id === 'string' ? id.slice(0, limits.keyLengthMax) : null, failure });
      return;
    }
    result.items.push(
      isNative
        ? fromNative(position, (body as { source: string }).source, read.data as z.output<typeof nativeItem>)
        : fromCloud(position, read.data as z.output<typeof cloudItem>),
    );
  });
  return result;
}

const sequenceText = (value: number | string | undefined) => (value === undefined ? null : BigInt(value).toString());

function fromNative(position: number, source: string, item: z.output<typeof nativeItem>): EventItem {
  const { sequence, ...rest } = item;
  return { position, source, ...rest, time: item.time, customer: item.customer, sequence: sequenceText(sequence) };
}

/** The type may carry a reversed domain name before the entity (`cn.example.transaction`); the subject is the customer's key. */
function fromCloud(position: number, item: z.output<typeof cloudItem>): EventItem {
  const { customer, ...data } = item.data;
  const named = pointerShape.safeParse(customer);
  const holder = named.success ? named.data : item.subject;
  return {
    position,
    source: item.source,
    id: item.id,
    type: item.type.slice(item.type.lastIndexOf('.') + 1),
    time: item.time,
    customer: typeof holder === 'string' ? { key: holder } : holder,
    data,
    operation: item.operation,
    sequence: sequenceText(item.sequence),
  };
}
