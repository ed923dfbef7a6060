import { z } from 'zod';

// A mapping is data: one YAML file tells how the files of one source become rows of our entities. These schemas are its
// whole grammar; docs/mapping.md explains it to people.

const code = z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/);
const name = z.string().min(1).max(200);
const bilingual = z.strictObject({ zh: z.string().min(1).max(400), en: z.string().min(1).max(400) });
const expression = z.string().min(1).max(4_000);
/** Text with `{column}` places; `{lookup.column}` reads a looked-up row. */
const template = z.string().min(1).max(1_000);

/** One name or a list of them. */
const names = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(name).min(1).max(8));

/** A bare word stands for the object with that one property: `amount: decimal` is `amount: { type: decimal }`. */
const shorthand = <T extends z.ZodType>(property: string, schema: T) =>
  z.preprocess((value) => (typeof value === 'string' ? { [property]: value } : value), schema);

const institution = z.strictObject({
  name: bilingual,
  /** IANA time zone, for example `Asia/Shanghai`. */
  zone: z.string().min(1).max(60),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  calendar: z.enum(['cn', 'weekends']),
});

export const FILE_KINDS = ['delimited', 'fixed', 'xlsx', 'json', 'camt', 'mt940'] as const;

/** How bytes become values; stands at the top for all files, and in a file for that file. */
const format = z.strictObject({
  kind: z.enum(FILE_KINDS).optional(),
  encoding: z.string().min(1).max(40).optional(),
  delimiter: z.string().min(1).max(8).optional(),
  /** One character; `none` for files that quote nothing. */
  quote: z
    .string()
    .regex(/^(none|.)$/su)
    .optional(),
  header: z.boolean().optional(),
  /** Line or row of the header, from 1; what stands above it is passed over. */
  header_row: z.int().min(1).max(1_000).optional(),
  /** Lines that begin so are no rows: remarks, trailers. */
  skip: z.array(z.string().min(1).max(60)).max(20).optional(),
  /** What `start` and `length` of fixed columns count. */
  unit: z.enum(['characters', 'bytes']).optional(),
  /** Lines of fixed width may lack the blanks at their end. */
  ragged: z.boolean().optional(),
  /** Of a workbook: its name, or its number from 1. */
  sheet: z.union([z.string().min(1).max(60), z.int().min(1).max(1_000)]).optional(),
  /** JSON: where the array of rows stands, `data.items`. Statements: `entries`, `details`, `statements`, `balances`. */
  records: z.string().min(1).max(200).optional(),
  /** Texts that mean "no value". */
  missing: z.array(z.string().max(60)).max(20).optional(),
  trim: z.boolean().optional(),
  /** Decimal mark and thousands mark of numbers. */
  decimal: z.enum(['.', ',']).optional(),
  thousands: z.enum(['none', '.', ',', ' ', "'"]).optional(),
  /** Default forms of dates and times, for example `YYMMDD`. */
  date: z.string().min(1).max(60).optional(),
  datetime: z.string().min(1).max(60).optional(),
  /** First year of the hundred that two-digit years stand for: 1910 reads 98 as 1998 and 07 as 2007. */
  two_digit_years_from: z.int().min(1000).max(9900).optional(),
});

export const COLUMN_TYPES = ['text', 'integer', 'decimal', 'date', 'datetime'] as const;
const column = shorthand(
  'type',
  z.strictObject({
    type: z.enum(COLUMN_TYPES).default('text'),
    format: z.string().min(1).max(60).optional(),
    missing: z.array(z.string().max(60)).max(20).optional(),
    /** Files of fixed width: the first place from 1 (default: behind the column before) and how many. */
    start: z.int().min(1).max(1_000_000).optional(),
    length: z.int().min(1).max(100_000).optional(),
    /** Numbers written without a decimal mark: 2 reads 12345 as 123.45. */
    implied_decimals: z.int().min(1).max(12).optional(),
  }),
);

/** Adds a column with the order of the rows within their group. */
const sequence = z.strictObject({
  column: name,
  /** `balance_chain`: each row's balance before = the balance after of the one before. `file_order`: as they stand. */
  by: z.enum(['balance_chain', 'file_order']),
  /** Columns whose equal values make a group, for example account and date. */
  per: z.array(name).min(1).max(8),
  /** One of `per`: rows of one value stand together in the file, so that only these are held in memory. */
  contiguous: name,
  /** For `balance_chain`: whose balances follow each other, across groups in file order. */
  chain: name.optional(),
  amount: name.optional(),
  /** True where the amount is added, false where it is taken away. */
  credit_when: expression.optional(),
  balance: name.optional(),
  /** How far two balances of a chain may differ, in units of the currency. */
  tolerance: z.number().min(0).max(1_000_000).optional(),
});

const file = format.extend({
  /** Names within the folder; the first that is there is read. `{date}` or `{date:YYYYMMDD}` is the date of the load. */
  path: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(z.string().min(1).max(200)).min(1).max(20),
  ),
  label: bilingual.optional(),
  /** The file may be absent; its loads are then left out. */
  optional: z.boolean().optional(),
  /** Types of columns; what is not named is text. Without a header: every column, in order. */
  columns: z.record(name, column).optional(),
  /** Names for header columns whose own name does not fit: own name → name used here. */
  rename: z.record(name, name).optional(),
  /** Adds a column of that name with the line of each row: a key for files whose rows have none and always come in the same order. */
  line_column: name.optional(),
  sequence: sequence.optional(),
});

const codes = z.strictObject({
  values: z.record(z.string().max(200), z.union([z.string().max(200), z.number(), z.boolean()])),
  /** What becomes of a code that is not listed: the row is rejected, the value is left empty, or it passes as it is. */
  unknown: z.enum(['reject', 'empty', 'pass']).optional(),
});

const lookup = z.strictObject({
  file: name,
  where: expression.optional(),
  /** The columns of that file by which a row is found. */
  by: names,
  /** Which row counts when several fit; without it several are an error. */
  pick: z.enum(['first', 'last', 'lowest', 'highest']).optional(),
  /** Column compared for `lowest` and `highest`. */
  of: name.optional(),
  /** Look-ups into further files whose columns stand beside these. */
  with: z
    .record(
      name,
      z.lazy(() => use),
    )
    .optional(),
});

/** Using a look-up: by which columns of the row in hand. */
const use = z.preprocess(
  (value) => (typeof value === 'string' || Array.isArray(value) ? { by: value } : value),
  z.strictObject({
    by: names,
    /** Default: the look-up of the same name. */
    lookup: name.optional(),
    /** What becomes of a row for which nothing is found. Default `reject`. */
    absent: z.enum(['reject', 'empty']).optional(),
  }),
);

const fieldShape = {
  /** The value of a column. */
  column: name.optional(),
  /** A constant; a list for fields with several choices. */
  value: z.union([z.string().max(1_000), z.number(), z.boolean(), z.array(z.string().max(200)).max(50)]).optional(),
  text: template.optional(),
  expression: expression.optional(),
  /** A reference: the source key of the row pointed at. */
  key: template.optional(),
  /** A code table by its name, or one written here. */
  codes: shorthand('table', codes.partial().extend({ table: name.optional() })).optional(),
  /** Used where the rest gives nothing. */
  default: z.union([z.string().max(1_000), z.number(), z.boolean()]).optional(),
  /** References only: the source of the row pointed at; default the mapping's own. */
  source: code.optional(),
  /** References only: what happens when there is no such row. Default `reject`. */
  absent: z.enum(['reject', 'empty', 'allow']).optional(),
};
const simpleField = shorthand('column', z.strictObject(fieldShape));
const field = shorthand(
  'column',
  z.strictObject({
    ...fieldShape,
    first_of: z.array(simpleField).min(2).max(20).optional(),
    /** Given to new rows only: what people change afterwards stays theirs. */
    initial: z.boolean().optional(),
  }),
);

const load = z.strictObject({
  entity: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/),
  file: name.optional(),
  /** Instead of a file: the rows themselves. */
  rows: z
    .array(z.record(name, z.union([z.string(), z.number(), z.boolean()])))
    .min(1)
    .max(10_000)
    .optional(),
  /** The row's own key in the source. */
  key: template,
  where: expression.optional(),
  /** Of customers: rows that the certain rules of the packs (identity.yaml) find to be customers of other systems lead to these. */
  identify: z.boolean().optional(),
  /** One row for each combination of these columns: the first. */
  distinct: z.array(name).min(1).max(8).optional(),
  with: z.record(name, use).optional(),
  fields: z.record(z.string().min(1).max(60), field),
});

/** Where a control file says something: the name of a key or column, or the characters from one place to another (from 1). */
const controlPlace = z.union([
  name,
  z.strictObject({ from: z.int().min(1).max(10_000), to: z.int().min(1).max(10_000) }),
]);

/** What the source states about its files: that they are complete, how many rows they have, and what columns add up to. */
export const controlSchema = z.strictObject({
  /** Its name; `{file}` is the name of the data file, `{stem}` that without its last ending, `{date}` the date of the load. */
  path: z.string().min(1).max(200),
  /** `marker`: its being there says that the set is complete. The others state figures. */
  form: z.enum(['marker', 'key_value', 'delimited', 'fixed']),
  encoding: z.string().min(1).max(40).optional(),
  /** Between key and value (default `=`), or between columns (default `,`). */
  separator: z.string().min(1).max(8).optional(),
  /** Delimited: the first line names the columns. Without it columns are named by their number from 1. */
  header: z.boolean().optional(),
  /** Which file a line speaks of; needed where one control file speaks of several. */
  file: controlPlace.optional(),
  rows: controlPlace.optional(),
  /** Column of the data file → where its sum is stated. */
  sums: z.record(name, controlPlace).optional(),
  date: controlPlace.optional(),
  /** How the date is written; default YYYYMMDD. */
  date_format: z.string().min(1).max(60).optional(),
  /** How far a sum may differ; default nothing. */
  tolerance: z.number().min(0).max(1_000_000).optional(),
});

export const mappingSchema = z.strictObject({
  code,
  /** Stands in every row and in its id: which system it comes from. */
  source: code,
  label: bilingual,
  description: bilingual.optional(),
  /** Set when the database has no institution yet. */
  institution: institution.optional(),
  format: format.optional(),
  control: controlSchema.optional(),
  rejects: z.strictObject({ share_max: z.number().min(0).max(1) }).optional(),
  codes: z.record(name, codes).optional(),
  files: z.record(name, file).optional(),
  lookups: z.record(name, lookup).optional(),
  loads: z.array(load).min(1).max(200),
});

export const formatDefinitionSchema = format;

export type Mapping = z.infer<typeof mappingSchema>;
export type FormatDefinition = z.infer<typeof format>;
export type FileDefinition = z.infer<typeof file>;
export type ColumnDefinition = z.infer<typeof column>;
export type SequenceDefinition = z.infer<typeof sequence>;
export type CodesDefinition = z.infer<typeof codes>;
export type LookupDefinition = z.infer<typeof lookup>;
export type UseDefinition = z.infer<typeof use>;
export type SimpleFieldDefinition = z.infer<typeof simpleField>;
export type MappedFieldDefinition = z.infer<typeof field>;
export type LoadDefinition = z.infer<typeof load>;
export type ControlDefinition = z.infer<typeof controlSchema>;
export type ControlPlace = z.infer<typeof controlPlace>;
