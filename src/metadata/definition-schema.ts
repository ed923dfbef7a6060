import { z } from 'zod';
import { type EntityDefinition, type FieldDefinition, MASK_CODES } from './definition.ts';

// The shape that a pack file must have: the types of definition.ts as a check, so that a wrong file names its wrong place.

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const order = z.string().regex(/^-?[a-z][a-z0-9_]*$/);

const option = z.strictObject({
  code,
  label: text,
  color: z.enum(['grey', 'blue', 'green', 'amber', 'red', 'violet', 'gold', 'teal']).optional(),
});
// Option codes may be upper-case where the field's own language says so (C1, R5).
const looseOption = option.extend({ code: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,49}$/) });

const field = z.strictObject({
  code,
  label: text,
  type: z.enum([
    'text',
    'long_text',
    'integer',
    'decimal',
    'money',
    'percent',
    'date',
    'datetime',
    'boolean',
    'choice',
    'choices',
    'ref',
    'phone',
    'email',
    'id_number',
    'uscc',
    'text_list',
    'json',
  ]),
  class: z.enum(['C1', 'C2']),
  level: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]),
  help: text.optional(),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  options: z.array(looseOption).optional(),
  ref: code.optional(),
  mask: z.enum(MASK_CODES).optional(),
  encrypted: z.boolean().optional(),
  derive: z.strictObject({ function: z.enum(['pinyin', 'initials', 'grams', 'sound']), from: code }).optional(),
  computed: z.boolean().optional(),
  search: z.enum(['name', 'prefix', 'tail', 'exact']).optional(),
  when: z.string().max(400).optional(),
  default: z.string().optional(),
  max_length: z.int().min(1).max(100_000).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  scale: z.int().min(0).max(12).optional(),
  hidden: z.boolean().optional(),
  bilingual: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/)
    .optional(),
}) satisfies z.ZodType<FieldDefinition>;

export const entitySchema = z.strictObject({
  code,
  plural: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/),
  label: text,
  description: text,
  storage: z.enum(['record', 'fact']),
  scope: z.enum(['customer', 'institution']),
  title: code,
  fields: z.array(field).min(1).max(200),
  list: z.strictObject({ columns: z.array(code).min(1), sort: order, filters: z.array(code) }),
  write: z.strictObject({ create: z.boolean(), update: z.boolean() }),
  indexes: z.array(z.array(order).min(1)),
}) satisfies z.ZodType<EntityDefinition>;
