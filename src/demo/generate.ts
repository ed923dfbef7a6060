import { addMonths, type BusinessDate, dayNumber, Failure, fromDayNumber, type WorkCalendar } from '#kernel';
import { daysOf } from './calendar.ts';
import { emitCustomer, emitHousehold, type HistoryPlan, type Sink } from './customer-rows.ts';
import { kinds } from './failures.ts';
import { type Institution, institutionOf } from './institution.ts';
import { BLOCK_SIZE, blockOf, type Household, type World } from './population.ts';
import { fundPrices } from './products.ts';
import { referenceRows } from './reference-rows.ts';
import { type DemoEntity, type Row, tables } from './tables.ts';

export const demoLimits = {
  customersMin: 1,
  /** Identity numbers of the demo are unique up to here. */
  customersMax: 5_000_000,
  seedMax: 2_147_483_647,
  untilMin: '2010-01-01',
  untilMax: '2060-12-31',
} as const;

/** How much of the past is told: `full` two years, `light` a hundred days, `none` the balances alone. */
export type DemoFacts = 'none' | 'light' | 'full';

export interface DemoOptions {
  /** Another number, another bank. */
  seed: number;
  customers: number;
  /** The last business date of the data. */
  until: BusinessDate;
  facts: DemoFacts;
}

/** Rows of one entity, fit for the bulk write of records. */
export interface DemoPart {
  entity: DemoEntity;
  source: string;
  columns: readonly string[];
  /** To be read once. */
  chunks: Iterable<Row[]>;
}

/** A run of neighbouring customers. */
export interface DemoSlab {
  /** Indexes of the first customer and of the one after the last. */
  from: number;
  to: number;
  /**
   * Each part is read to its end before the next is asked for: the transactions come first and are made while they are read,
   * so the larger part of all rows is never held in memory; everything else gathers meanwhile.
   */
  parts: Iterable<DemoPart>;
}

export interface DemoData {
  institution: Institution;
  /** Offices, employees, products: what customers refer to. */
  reference: DemoPart[];
  /** Months (`YYYY-MM`) of the movements. */
  months: string[];
  slabs(): Iterable<DemoSlab>;
}

const historyDays: Record<DemoFacts, number> = { none: 100, light: 100, full: 730 };
/** Customers per slab, so that what is held of them stays below about 200 MB. */
const slabCustomers: Record<DemoFacts, number> = { none: 12_000, light: 12_000, full: 3_200 };

function check({ seed, customers, until, facts }: DemoOptions): void {
  const { customersMin, customersMax, seedMax, untilMin, untilMax } = demoLimits;
  const whole = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;
  if (!whole(customers, customersMin, customersMax)) {
    throw new Failure(kinds.invalid_customers, { value: customers, min: customersMin, max: customersMax }, 'customers');
  }
  if (!whole(seed, 0, seedMax)) throw new Failure(kinds.invalid_seed, { value: seed, max: seedMax }, 'seed');
  if (!Object.hasOwn(historyDays, facts)) {
    throw new Failure(kinds.invalid_facts, { value: facts, known: Object.keys(historyDays).join(', ') }, 'facts');
  }
  dayNumber(until);
  if (until < untilMin || until > untilMax) {
    throw new Failure(kinds.invalid_until, { value: until, min: untilMin, max: untilMax }, 'until');
  }
}

function monthsBetween(first: BusinessDate, last: BusinessDate): string[] {
  const months: string[] = [];
  for (let month = `${first.slice(0, 7)}-01`; month <= last; month = addMonths(month, 1))
    months.push(month.slice(0, 7));
  return months;
}

const part = (entity: DemoEntity, chunks: Iterable<Row[]>): DemoPart => ({ entity, ...tables[entity], chunks });

/**
 * The bank of these options, as rows; `calendar` says when its branches work. Pure: the same input gives the same rows, byte
 * for byte, and any customer's rows depend on the options and his own index alone.
 */
export function generateDemo(options: DemoOptions, calendar: WorkCalendar): DemoData {
  check(options);
  const institution = institutionOf(options.seed, options.customers);
  const until = dayNumber(options.until);
  const world: World = { seed: options.seed, customers: options.customers, until, days: daysOf(calendar), institution };
  const history: HistoryPlan = {
    start: until - historyDays[options.facts],
    movements: options.facts !== 'none',
    logins: options.facts !== 'none',
  };
  const prices = fundPrices(options.seed);
  const size = Math.ceil(slabCustomers[options.facts] / BLOCK_SIZE) * BLOCK_SIZE;

  function* partsOf(from: number, to: number): Generator<DemoPart> {
    const sink = Object.fromEntries(Object.keys(tables).map((entity) => [entity, []])) as unknown as Sink;
    function* transactions(): Generator<Row[]> {
      for (let block = from / BLOCK_SIZE; block * BLOCK_SIZE < to; block += 1) {
        const households = new Set<Household>();
        for (const customer of blockOf(world, block)) {
          if (customer.index >= to) break;
          if (customer.kind === 'person' && customer.household) households.add(customer.household);
          emitCustomer(sink, world, customer, history, prices);
        }
        for (const household of households) emitHousehold(sink, household);
        yield sink.transaction;
        sink.transaction = [];
      }
    }
    yield part('transaction', transactions());
    for (const entity of Object.keys(tables) as DemoEntity[]) {
      if (sink[entity].length > 0) yield part(entity, [sink[entity]]);
    }
  }

  return {
    institution,
    months: monthsBetween(fromDayNumber(history.start), options.until),
    reference: referenceRows(institution, until).map(({ entity, rows }) => part(entity, [rows])),
    *slabs() {
      for (let from = 0; from < options.customers; from += size) {
        const to = Math.min(options.customers, from + size);
        yield { from, to, parts: partsOf(from, to) };
      }
    },
  };
}
