import { type Context, fieldRight, maskText, mayRead, scopeCondition, scopeOf } from '#access';
import { ident, join, raw, type Sql, sql } from '#database';
import type { Text } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  grams,
  indexColumn,
  maskedColumn,
  pinyinOf,
  simplified,
  soundOf,
} from '#metadata';
import {
  indexesOf,
  likePrefix,
  outputValue,
  recordSearch,
  selectList,
  tailSearch,
  type VisibleField,
  visibleFields,
} from '#records';
import { unseal } from '#vault';
import { readTerms, type SearchTerms } from './search-terms.ts';

export const limits = {
  hits: 10,
  /** Hits of one way that are ordered; beyond them the largest customers are looked through. */
  wayHits: 100,
  /** How many of the largest customers within reach are looked through for a text that very many have. */
  largest: 1_000,
  /** Units whose customers are looked through one after another rather than together. */
  units: 8,
  definitions: 5,
};

/** How a hit was found. */
export const HOWS = ['whole', 'beginning', 'part', 'end', 'similar'] as const;
type How = (typeof HOWS)[number];

/** What of a customer the box shows. */
const COLUMNS = ['name', 'number', 'kind', 'phone', 'tier', 'aum', 'branch', 'owner'];

export interface Hit {
  id: string;
  /** The fields of `COLUMNS` as the reader sees them. */
  row: Record<string, unknown>;
  /** He is the reader's own. */
  own: boolean;
  reason: { entity: string; field: string; how: How; value: string | null };
}

export interface SearchAnswer {
  customers: Hit[];
  /** There are more than are shown. */
  more: boolean;
  definitions: { kind: 'tags' | 'tiers' | 'segments'; code: string; label: string }[];
}

/** One way of finding customers by what was typed. */
interface Way {
  entity: string;
  field: string;
  how: How;
  /** `select id, value … ` without its limit. `value` is what is shown of the hit, null where the customer's own fields show it. */
  select: Sql;
}

/** Ranks of the hits: what is whole comes before what begins, that before what ends or contains, and similar ones last. */
const RANKS: Record<How, number> = { whole: 0, beginning: 1, end: 1, part: 2, similar: 3 };

/**
 * Everything that the one search box finds of what is stored: customers within reach by what the reader may search for, tags, tiers
 * and segments by name. Nobody finds anything by a value that he sees masked, except by what the mask itself shows. What only
 * sounds or looks alike is asked for when too little is found otherwise. Recorded in the audit like every search.
 */
export async function search(ctx: Context, typed: string): Promise<SearchAnswer> {
  const terms = readTerms(typed);
  if (terms.text === '') return { customers: [], more: false, definitions: [] };
  const customer = ctx.model.entity('customer');
  const found = mayRead(ctx.actor, customer)
    ? await findCustomers(ctx, customer, terms)
    : { customers: [], more: false };
  await recordSearch(ctx, customer, { q: terms.text }, found.customers.length);
  return { ...found, definitions: definitionsNamed(ctx, terms.text) };
}

async function findCustomers(
  ctx: Context,
  customer: EntityDefinition,
  terms: SearchTerms,
): Promise<Pick<SearchAnswer, 'customers' | 'more'>> {
  const exact = await exactWays(ctx, customer, terms);
  let hits = await readHits(ctx, customer, exact);
  // So many have it that those found first may not be the largest.
  if (hits.isCapped && ordersByAum(ctx, customer)) {
    hits = await readHits(ctx, customer, exact, largestCustomers(ctx, customer));
  }
  if (hits.customers.length < limits.hits) {
    const similar = similarWays(ctx, customer, terms);
    if (similar.length > 0) {
      const more = await readHits(ctx, customer, similar);
      const known = new Set(hits.customers.map(({ id }) => id));
      hits.customers.push(...more.customers.filter(({ id }) => !known.has(id)));
    }
  }
  return {
    customers: hits.customers.slice(0, limits.hits),
    more: hits.customers.length > limits.hits || hits.isCapped,
  };
}

interface NameWay extends Way {
  /** A condition on row `t`, for looking through the largest. */
  condition: Sql;
}

type Ways = (Way | NameWay)[];

async function exactWays(ctx: Context, customer: EntityDefinition, terms: SearchTerms): Promise<Ways> {
  const { model, actor } = ctx;
  const ways: Ways = [];
  const reach = scopeCondition(model, actor, customer, 't');
  const add = (field: FieldDefinition, how: How, condition: Sql) =>
    ways.push({
      entity: 'customer',
      field: field.code,
      how,
      condition,
      select: sql`select t.id, null::text as value from customer t where ${condition} and ${reach}`,
    });
  for (const field of customer.fields) {
    const { see, filter } = fieldRight(model, actor, customer, field);
    if (see === 'hidden') continue;
    const column = raw(`t.${ident(columnOf(field)).sql}`);
    if (field.search === 'name' && filter) addNames(add, customer, field, terms);
    if (field.search === 'prefix' && filter && /^[a-z0-9-]+$/.test(terms.text)) {
      const text = terms.text.toUpperCase();
      if (text.length >= PREFIX_LENGTH_MIN) {
        add(field, 'whole', sql`${column} in (${text}, ${terms.text})`);
        add(field, 'beginning', sql`${column} like ${likePrefix(text)}`);
      }
    }
    if (field.search === 'tail' && terms.digits !== undefined) {
      const shown = field.encrypted ? raw(`t.${ident(maskedColumn(field)).sql}`) : column;
      for (const condition of tailSearch(terms.digits, field.encrypted ? 'masked' : see, shown)) {
        add(field, 'end', condition);
      }
    }
    if (field.encrypted && (field.search === 'tail' || field.search === 'exact')) {
      const whole = await wholeNumber(ctx, customer, field, see === 'clear' && filter, terms);
      if (whole) add(field, 'whole', whole);
    }
  }
  for (const code of ['account', 'card']) addNumbers(ctx, ways, code, terms);
  addKnownElsewhere(ctx, ways, customer, terms);
  return ways;
}

const PREFIX_LENGTH_MIN = 2;
type Add = (field: FieldDefinition, how: How, condition: Sql) => void;

/** A name by itself, by a part of it, by its pinyin, its initials, or several of these mixed. */
function addNames(add: Add, customer: EntityDefinition, field: FieldDefinition, terms: SearchTerms): void {
  const derived = (code: string) => {
    const found = customer.fields.find(({ derive }) => derive?.function === code && derive.from === field.code);
    return raw(`t.${ident(columnOf(found!)).sql}`);
  };
  const name = raw(`t.${ident(columnOf(field)).sql}`);
  const { text, pinyin, han, mixed } = terms;
  if (/\p{L}/u.test(text) && !/^\d/.test(text) && mixedHan(terms) === undefined) {
    const plain = simplified(text);
    const all = grams(plain);
    const pairs = all.filter((term) => [...term].length === 2);
    if (han !== '' || all.length > 1) {
      const asked = pairs.length > 0 ? pairs : all;
      const whole = sql`lower(${name}) in (${text}, ${plain})`;
      if (han !== '') add(field, 'whole', sql`(${derived('pinyin')} = ${pinyinOf(plain)} and ${whole})`);
      else if (pinyin) add(field, 'whole', sql`(${derived('pinyin')} = ${pinyin} and ${whole})`);
      const contains = sql`${derived('grams')} @> ${asked}::text[]`;
      const together =
        [...plain].length > 2 && plain === text ? sql`(${contains} and strpos(lower(${name}), ${text}) > 0)` : contains;
      add(field, 'part', together);
    }
  }
  if (pinyin !== undefined) {
    add(field, 'whole', sql`${derived('pinyin')} = ${pinyin}`);
    add(field, 'beginning', sql`${derived('pinyin')} like ${likePrefix(pinyin)}`);
    add(field, 'beginning', sql`${derived('initials')} like ${likePrefix(pinyin)}`);
  }
  for (const { initials, pattern } of mixed) {
    const terms = han === '' ? sql`true` : sql`${derived('grams')} @> ${grams(han)}::text[]`;
    add(
      field,
      'beginning',
      sql`(${derived('initials')} like ${likePrefix(initials)} and ${derived('pinyin')} like ${pattern} and ${terms})`,
    );
  }
}

/** The characters of a text that mixes them with letters. */
const mixedHan = ({ text, han }: SearchTerms) => (han !== '' && /[a-z]/.test(text) ? han : undefined);

const MASKED_LENGTH_MIN = 11;

/**
 * A whole number that is stored sealed: by its blind index for who sees it clear; else by what the mask shows of it, which is what
 * a list shows as well.
 */
async function wholeNumber(
  ctx: Context,
  entity: EntityDefinition,
  field: FieldDefinition,
  isClear: boolean,
  { document, digits }: SearchTerms,
): Promise<Sql | undefined> {
  const number = field.type === 'phone' ? digits : document;
  if (number === undefined) return undefined;
  const isMobile = /^1\d{10}$/.test(number);
  if (field.type === 'phone' && !isMobile && !isClear) return undefined;
  if (isClear) {
    const indexes = await indexesOf(ctx.database, entity, field, [number]);
    return sql`t.${raw(ident(indexColumn(field)).sql)} = any(${indexes}::text[])`;
  }
  if (number.length < (field.type === 'phone' ? MASKED_LENGTH_MIN : ID_LENGTH_MIN)) return undefined;
  const masked = maskText(field.mask!, number);
  const column = raw(`t.${ident(maskedColumn(field)).sql}`);
  // The index of the tail serves the whole as well.
  return field.search === 'tail'
    ? sql`reverse(${column}) = ${[...masked].reverse().join('')}`
    : sql`${column} = ${masked}`;
}
const ID_LENGTH_MIN = 15;

/** Customers by the numbers of what they have. Where the reader sees only the tail of a number, the tail alone finds it. */
function addNumbers(ctx: Context, ways: Ways, code: string, { digits }: SearchTerms): void {
  const { model, actor } = ctx;
  const entity = model.entities.find((each) => each.code === code);
  const field = entity && fieldOf(entity, 'number');
  if (!entity || !field || digits === undefined || !mayRead(actor, entity)) return;
  const visible = visibleFields(model, actor, entity).find((each) => each.field === field);
  if (!visible) return;
  const isWhole = digits.length >= ACCOUNT_LENGTH_MIN;
  const shown = visible.view === 'masked' && isWhole ? digits.slice(-TAIL_DIGITS) : digits;
  const column = raw(`a.${ident(columnOf(field)).sql}`);
  for (const condition of tailSearch(shown, visible.view, column)) {
    ways.push({
      entity: code,
      field: field.code,
      how: isWhole && shown === digits ? 'whole' : 'end',
      select: sql`select a.customer_id as id, ${raw(outputValue(model, actor, visible, 'a'))} as value
        from ${raw(ident(code).sql)} a where ${condition} and ${scopeCondition(model, actor, entity, 'a')}`,
    });
  }
}
const ACCOUNT_LENGTH_MIN = 8;
const TAIL_DIGITS = 4;

/** Customers by the numbers under which other systems know them, and by those of customers who were merged into them. */
function addKnownElsewhere(ctx: Context, ways: Ways, customer: EntityDefinition, { text }: SearchTerms): void {
  const number = fieldOf(customer, 'number')!;
  if (!fieldRight(ctx.model, ctx.actor, customer, number).filter) return;
  if (!/^[a-z0-9_-]{3,40}$/.test(text)) return;
  const written = [...new Set([text, text.toUpperCase()])];
  ways.push(
    {
      entity: 'customer_identity',
      field: 'external_id',
      how: 'whole',
      select: sql`select i.customer_id as id, i.system || ' ' || i.external_id as value from customer_identity i
        where i.external_id = any(${written}::text[])`,
    },
    {
      entity: 'customer_merge',
      field: 'number',
      how: 'whole',
      select: sql`select m.customer_id as id, m.other_number as value from customer_merge m
        where m.other_number = any(${written}::text[]) and m.undone_at is null`,
    },
  );
}

function similarWays(ctx: Context, customer: EntityDefinition, terms: SearchTerms): Ways {
  const name = customer.fields.find((field) => field.search === 'name');
  if (!name || !fieldRight(ctx.model, ctx.actor, customer, name).filter) return [];
  const reach = scopeCondition(ctx.model, ctx.actor, customer, 't');
  const ways: Ways = [];
  const add = (condition: Sql) =>
    ways.push({
      entity: 'customer',
      field: name.code,
      how: 'similar',
      condition,
      select: sql`select t.id, null::text as value from customer t where ${condition} and ${reach}`,
    });
  const characters = [...terms.han];
  const isHan = characters.length === [...terms.text].length && characters.length > 1;
  const sound = isHan ? soundOf(pinyinOf(terms.han)) : terms.sound;
  if (sound !== undefined && sound.length >= SOUND_LENGTH_MIN) add(sql`t.name_sound like ${likePrefix(sound)}`);
  if (terms.slips.length > 0) add(sql`t.name_sound = any(${terms.slips}::text[])`);
  const near = terms.near.filter((pairs) => pairs.length > 0);
  if (near.length > 0) {
    add(
      sql`(${join(
        near.map((pairs) => sql`t.name_grams @> ${pairs}::text[]`),
        ' or ',
      )})`,
    );
  }
  return ways;
}
const SOUND_LENGTH_MIN = 3;

/** The largest customers within reach, read down the index of assets; those of a few units unit by unit. */
function largestCustomers(ctx: Context, customer: EntityDefinition): Sql {
  const { model, actor } = ctx;
  const scope = scopeOf(model, actor, customer);
  const reach = scopeCondition(model, actor, customer, 't');
  const part = (where: Sql) =>
    sql`(select t.* from customer t where ${where} and t.aum is not null order by t.aum desc, t.id desc limit ${raw(String(limits.largest))})`;
  if (scope.kind !== 'units' || scope.unitIds.length > limits.units) return part(reach);
  return join(
    scope.unitIds.map((unit) => part(sql`t.branch_id = ${unit}::bigint and ${reach}`)),
    ' union all ',
  );
}

const ordersByAum = (ctx: Context, customer: EntityDefinition) =>
  fieldRight(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!).filter;

async function readHits(
  ctx: Context,
  customer: EntityDefinition,
  ways: Ways,
  largest?: Sql,
): Promise<{ customers: Hit[]; isCapped: boolean }> {
  const among = ways.flatMap((way) =>
    largest && 'condition' in way
      ? [{ ...way, select: sql`select t.id, null::text as value from largest t where ${way.condition}` }]
      : [],
  );
  const all: Way[] = [...ways, ...among];
  if (all.length === 0) return { customers: [], isCapped: false };
  const { model, actor } = ctx;
  const visible = visibleFields(model, actor, customer);
  const shown = COLUMNS.flatMap((code) => visible.find(({ field }) => field.code === code) ?? []) as VisibleField[];
  const selects = all.map(
    ({ select, how }, index) =>
      sql`(select f.id, ${raw(String(RANKS[how]))} as rank, ${raw(String(index))} as way, f.value from (${select} limit ${raw(String(limits.wayHits))}) f)`,
  );
  const own = sql`(t.owner_id is not distinct from ${actor.userId}::bigint)`;
  const order = ordersByAum(ctx, customer) ? sql`t.aum desc nulls last, t.id` : sql`t.id`;
  const { rows } = await ctx.database.query<{
    rows: string;
    ways: { way: number; value: string | null; own: boolean }[];
    full: boolean;
  }>(
    sql`with ${largest ? sql`largest as materialized (${largest}), ` : sql``}hits as materialized (${join(selects, ' union all ')}),
        best as (select distinct on (id) id, rank, way, value from hits order by id, rank, way),
        page as (select t.*, best.way as hit_way, best.value as hit_value, ${own} as hit_own,
            row_number() over (order by best.rank, ${own} desc, ${order}) as hit_place
          from best join customer t on t.id = best.id where ${scopeCondition(model, actor, customer, 't')}
          order by hit_place limit ${raw(String(limits.hits + 1))})
      select coalesce(json_agg((select to_json(x) from (select ${selectList(model, actor, shown, 'p')}) x) order by p.hit_place), '[]')::text as rows,
        coalesce(json_agg(json_build_object('way', p.hit_way, 'value', p.hit_value, 'own', p.hit_own) order by p.hit_place), '[]') as ways,
        exists (select from hits group by way having count(*) >= ${raw(String(limits.wayHits))}) as full
      from page p`,
  );
  const { rows: text, ways: found, full } = rows[0]!;
  const clear = JSON.parse(await unseal(ctx.database, text)) as ({ id: string } & Record<string, unknown>)[];
  return {
    isCapped: full,
    customers: clear.map(({ id, ...row }, index) => {
      const { way, value, own: isOwn } = found[index]!;
      const { entity, field, how } = all[way]!;
      return { id, row, own: isOwn, reason: { entity, field, how, value } };
    }),
  };
}

const KINDS = ['tags', 'tiers', 'segments'] as const;

/** Tags, tiers and segments whose name holds the text; none for who may not narrow customers by them. */
function definitionsNamed(ctx: Context, text: string): SearchAnswer['definitions'] {
  if (!mayRead(ctx.actor, ctx.model.entity('customer'))) return [];
  const plain = simplified(text);
  return KINDS.flatMap((kind) =>
    ctx.model.data(kind).flatMap(({ value }) => {
      const label = value.label as Text | undefined;
      const names = [label?.zh, label?.en, value.code as string].flatMap((name) => name?.toLowerCase() ?? []);
      return names.some((name) => name.includes(text) || name.includes(plain))
        ? [{ kind, code: value.code as string, label: label?.[ctx.language] ?? (value.code as string) }]
        : [];
    }),
  ).slice(0, limits.definitions);
}
