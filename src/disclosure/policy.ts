import { z } from 'zod';
import { code, oncePerModel, readDefinitions, text } from '#facts';
import { Failure } from '#kernel';
import { MASK_CODES, type Model } from '#metadata';
import { kinds } from './failures.ts';

export type Act = 'reveal' | 'export';

const purpose = z.strictObject({
  code,
  label: text,
  for: z.array(z.enum(['reveal', 'export'])).min(1),
  /** A case, order or complaint must be named with it. */
  ticket: z.boolean().default(false),
});
export type Purpose = z.output<typeof purpose>;

const level = z.int().min(1).max(5);
const codes = z.array(z.string().min(1).max(60)).min(1).max(50);

const revealRule = z.strictObject({
  code,
  act: z.literal('reveal'),
  label: text,
  when: z
    .strictObject({
      roles: codes.optional(),
      entities: codes.optional(),
      masks: z.array(z.enum(MASK_CODES)).min(1).optional(),
      purposes: codes.optional(),
      own: z.literal(true).optional(),
      level_from: level.optional(),
    })
    .default({}),
  approval: z.boolean(),
  line: z.enum(['any', 'other']).default('other'),
  review: z.enum(['each', 'summary']),
  emergency: z.boolean().default(false),
  /** No value stays open longer than an hour (compliance: break-glass). */
  minutes_max: z.int().min(1).max(60),
});
export type RevealRule = z.output<typeof revealRule>;

const exportRule = z.strictObject({
  code,
  act: z.literal('export'),
  label: text,
  when: z
    .strictObject({
      roles: codes.optional(),
      entities: codes.optional(),
      purposes: codes.optional(),
      level_from: level.optional(),
      rows_from: z.int().min(1).optional(),
    })
    .default({}),
  approval: z.boolean(),
  line: z.enum(['any', 'other']).default('other'),
});
export type ExportRule = z.output<typeof exportRule>;

const limitsEntry = z.strictObject({
  code,
  act: z.literal('limits'),
  reveals_per_day: z.int().min(1),
  reveals_per_hour: z.int().min(1),
  values_per_reveal: z.int().min(1),
  exports_per_day: z.int().min(1),
  export_rows_max: z.int().min(1).max(100_000),
  downloads_max: z.int().min(1),
  file_hours: z.int().min(1).max(24),
  request_hours: z.int().min(1).max(720),
});
export type Limits = z.output<typeof limitsEntry>;

const entry = z.discriminatedUnion('act', [revealRule, exportRule, limitsEntry]);

export const purposes = oncePerModel((model) => readDefinitions(model, 'purposes', purpose));

const entries = oncePerModel((model) => readDefinitions(model, 'disclosure', entry));

/** The limits in force: those of the last pack that names some. */
export function limitsOf(model: Model): Limits {
  const found = entries(model).findLast((each) => each.act === 'limits');
  if (!found) throw new Error('no pack gives the limits of disclosure');
  return found;
}

/** The purpose, provided that it is one of the act's and comes with the ticket that it needs. */
export function purposeFor(model: Model, act: Act, wanted: string, ticket: string | null): Purpose {
  const found = purposes(model).find((each) => each.code === wanted && each.for.includes(act));
  if (!found) throw new Failure(kinds.purpose_unknown, { purpose: wanted }, 'purpose');
  if (found.ticket && !ticket) throw new Failure(kinds.ticket_needed, { purpose: found.label }, 'ticket');
  return found;
}

const among = <T>(list: readonly T[] | undefined, ...values: T[]) =>
  list === undefined || values.some((value) => list.includes(value));

export interface RevealFacts {
  roles: readonly string[];
  entity: string;
  mask: (typeof MASK_CODES)[number] | undefined;
  level: number;
  own: boolean;
  purpose: string;
}

/** The rule for one field of one record; the last rule of the packs fits always, and without any nothing is revealed. */
export function revealRuleFor(model: Model, facts: RevealFacts): RevealRule {
  const found = entries(model).find(
    (each) =>
      each.act === 'reveal' &&
      among(each.when.roles, ...facts.roles) &&
      among(each.when.entities, facts.entity) &&
      among(each.when.masks, facts.mask!) &&
      among(each.when.purposes, facts.purpose) &&
      (!each.when.own || facts.own) &&
      facts.level >= (each.when.level_from ?? 0),
  );
  if (found?.act !== 'reveal') throw new Failure(kinds.no_rule);
  return found;
}

export interface ExportFacts {
  roles: readonly string[];
  entity: string;
  purpose: string;
  /** The highest level of a field that leaves as it is, not masked. */
  level: number;
  rows: number;
}

export function exportRuleFor(model: Model, facts: ExportFacts): ExportRule {
  const found = entries(model).find(
    (each) =>
      each.act === 'export' &&
      among(each.when.roles, ...facts.roles) &&
      among(each.when.entities, facts.entity) &&
      among(each.when.purposes, facts.purpose) &&
      facts.level >= (each.when.level_from ?? 0) &&
      facts.rows >= (each.when.rows_from ?? 0),
  );
  if (found?.act !== 'export') throw new Failure(kinds.no_rule);
  return found;
}
