import { type Context, customerCondition, fieldRight, maskText, mayRead, scopeCondition, scopeOf } from '#access';
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
  /** Hits that are ordered; where there are more, the largest customers are looked through. */
  found: 200,
  /** Letters that very many names begin with. */
  broadLetters: 3,
  /** How many of the largest customers within reach are looked through for a text that very many have. */
  largest: 1_000,
  /** Units whose customers are looked through one after another rather than together. */
  units: 8,
  definitions: 5,
  /** Accounts or cards with the same last digits that are looked at. */
  numbers: 2_000,
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
  /** On row `t`, a customer. */
  condition: Sql;
  /** What is shown of the hit; null where the customer's own fields show it. */
  value: string | null;
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
  const largest = exact.length > 0 && ordersByAum(ctx, customer) ? largestCustomers(ctx, customer) : undefined;
  const hits = new Map<string, Hit>();
  const isFull = () => hits.size > limits.hits;
  const take = (ways: Way[], source?: Sql) => readHits(ctx, customer, ways, source);
  const put = (found: Hit[]) => {
    for (const hit of found) if (!hits.has(hit.id)) hits.set(hit.id, hit);
  };
  // What very many have is looked for among the largest, where it is found soon; what few have by its own index.
  const isBroad = terms.han.length === 1 || (terms.pinyin ?? '     ').length <= limits.broadLetters;
  if (isBroad && largest) put((await take(exact, largest)).customers);
  if (!isFull()) {
    const found = await take(exact);
    if (found.isCapped && largest && !isBroad) put((await take(exact, largest)).customers);
    put(found.customers);
  }
  // One after another: taken together the planner would rather read everybody.
  for (const way of similarWays(ctx, customer, terms)) {
    if (hits.size >= limits.hits) break;
    put((await take([way])).customers);
  }
  return { customers: [...hits.values()].slice(0, limits.hits), more: isFull() };
}

async function exactWays(ctx: Context, customer: EntityDefinition, terms: SearchTerms): Promise<Way[]> {
  const { model, actor } = ctx;
  const ways: Way[] = [];
  const add = (field: FieldDefinition, how: How, condition: Sql) =>
    ways.push({ entity: 'customer', field: field.code, how, condition, value: null });
  for (const field of customer.fields) {
    const { see, filter } = fieldRight(model, actor, customer, field);
    if (see === 'hidden') continue;
    const column = raw(`t.${ident(columnOf(field)).sql}`);
    if (field.search === 'name' && filter) addNames(add, customer, field, terms);
    if (field.search === 'prefix' && filter && /^[a-z0-9-]*\d[a-z0-9-]*$/.test(terms.text)) {
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

const PREFIX_LENGTH_MIN = 3;
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
    if (pinyin.length <= INITIALS_MAX) add(field, 'beginning', sql`${derived('initials')} like ${likePrefix(pinyin)}`);
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

const INITIALS_MAX = 8;

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
function addNumbers(ctx: Context, ways: Way[], code: string, { digits }: SearchTerms): void {
  const { model, actor } = ctx;
  const entity = model.entities.find((each) => each.code === code);
  const field = entity && fieldOf(entity, 'number');
  if (!entity || !field || digits === undefined || !mayRead(actor, entity)) return;
  const { see } = fieldRight(model, actor, entity, field);
  if (see === 'hidden') return;
  const isWhole = digits.length >= ACCOUNT_LENGTH_MIN;
  const asked = see === 'masked' && isWhole ? digits.slice(-TAIL_DIGITS) : digits;
  if (asked.length < TAIL_DIGITS - 1 || (see === 'masked' && asked.length !== TAIL_DIGITS)) return;
  const isShownWhole = isWhole && see === 'clear';
  // The digits are the reader's own; what they end stays as his rights say.
  const value = isShownWhole ? digits : maskText('tail4', asked);
  const ending = likePrefix([...asked].reverse().join(''));
  const reach = customerCondition(model, scopeOf(model, actor, entity), 't');
  const condition = sql`(t.id = any(array(select customers_with_number(${code}, ${ending}, ${limits.numbers}))) and ${reach})`;
  ways.push({ entity: code, field: field.code, how: isShownWhole ? 'whole' : 'end', condition, value });
}
const ACCOUNT_LENGTH_MIN = 8;
const TAIL_DIGITS = 4;

/** Customers by the numbers under which other systems know them, and by those of customers who were merged into them. */
function addKnownElsewhere(ctx: Context, ways: Way[], customer: EntityDefinition, { text }: SearchTerms): void {
  const number = fieldOf(customer, 'number')!;
  if (!fieldRight(ctx.model, ctx.actor, customer, number).filter) return;
  if (!/^[a-z0-9_-]{3,40}$/.test(text)) return;
  const written = [...new Set([text, text.toUpperCase()])];
  ways.push({
    entity: 'customer_identity',
    field: 'external_id',
    how: 'whole',
    condition: sql`t.id = any(array(select customers_known_as(${written}::text[])))`,
    value: text,
  });
}

function similarWays(ctx: Context, customer: EntityDefinition, terms: SearchTerms): Way[] {
  const name = customer.fields.find((field) => field.search === 'name');
  if (!name || !fieldRight(ctx.model, ctx.actor, customer, name).filter) return [];
  const ways: Way[] = [];
  const add = (condition: Sql) =>
    ways.push({ entity: 'customer', field: name.code, how: 'similar', condition, value: null });
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
  const reach = scopeCondition(model, actor, customer, 'c');
  const most = raw(String(limits.largest));
  const walk = (where: Sql) =>
    sql`(select c.* from customer c where ${where} and c.aum is not null order by c.aum desc, c.id desc limit ${most})`;
  if (scope.kind !== 'units' || scope.unitIds.length > limits.units) return walk(reach);
  const unit = walk(sql`c.branch_id = u.unit and ${reach}`);
  return sql`(select w.* from unnest(${scope.unitIds}::bigint[]) u(unit) cross join lateral ${unit} w)`;
}

const ordersByAum = (ctx: Context, customer: EntityDefinition) =>
  fieldRight(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!).filter;

/** Customers found in these ways, best first: among all within reach by the indexes of the conditions, or among the rows given. */
async function readHits(
  ctx: Context,
  customer: EntityDefinition,
  unordered: Way[],
  source?: Sql,
): Promise<{ customers: Hit[]; isCapped: boolean }> {
  if (unordered.length === 0) return { customers: [], isCapped: false };
  const { model, actor } = ctx;
  const ways = unordered.toSorted((a, b) => RANKS[a.how] - RANKS[b.how]);
  const visible = visibleFields(model, actor, customer);
  const shown = COLUMNS.flatMap((code) => visible.find(({ field }) => field.code === code) ?? []) as VisibleField[];
  const each = (make: (way: Way, index: number) => Sql, between: string) => join(ways.map(make), between);
  const any = each(({ condition }) => condition, ' or ');
  const whichWay = sql`case ${each(({ condition }, index) => sql`when ${condition} then ${raw(String(index))}`, ' ')} end`;
  const rank = sql`(array[${raw(ways.map(({ how }) => RANKS[how]).join(','))}])[f.hit_way + 1]`;
  const own = sql`(f.owner_id is not distinct from ${actor.userId}::bigint)`;
  const order = ordersByAum(ctx, customer) ? sql`f.aum desc nulls last, f.id` : sql`f.id`;
  const most = raw(String(limits.found));
  const { rows } = await ctx.database.query<{
    rows: string;
    hits: { way: number; own: boolean }[];
    found: number;
  }>(
    sql`with found as materialized (select t.*, ${whichWay} as hit_way from ${source ?? sql`customer`} t
          where (${any}) and ${scopeCondition(model, actor, customer, 't')} limit ${most}),
        page as (select f.*, ${own} as hit_own, row_number() over (order by ${rank}, ${own} desc, ${order}) as hit_place
          from found f order by hit_place limit ${raw(String(limits.hits + 1))})
      select coalesce(json_agg((select to_json(x) from (select ${selectList(model, actor, shown, 'p')}) x) order by p.hit_place), '[]')::text as rows,
        coalesce(json_agg(json_build_object('way', p.hit_way, 'own', p.hit_own) order by p.hit_place), '[]') as hits,
        (select count(*)::int from found) as found
      from page p`,
  );
  const { rows: text, hits, found } = rows[0]!;
  const clear = JSON.parse(await unseal(ctx.database, text)) as ({ id: string } & Record<string, unknown>)[];
  return {
    isCapped: found >= limits.found,
    customers: clear.map(({ id, ...row }, index) => {
      const { entity, field, how, value } = ways[hits[index]!.way]!;
      return { id, row, own: hits[index]!.own, reason: { entity, field, how, value } };
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
