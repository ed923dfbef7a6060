import { type Database, join, sql } from '#database';
import { type Context, compile, type Expression, panelOf } from '#expressions';
import { type CustomerReader, customerReader, customerVocabulary } from '#facts';
import type { Model } from '#metadata';

/** Customers whose values are held in memory, so often looked at. */
const HELD = 1_000;
export const CONDITIONS = 20;
/** Data design T10: twenty conditions over a customer in memory, his values read from their texts. */
export const CONDITIONS_US_MAX = 2;

type CustomerRow = Record<string, unknown>;

/** Twenty different conditions of the packs' tags, tiers and rules over customers, as they are asked of one customer after the other. */
export interface TwentyConditions {
  /** How many of them differ. */
  different: number;
  reader: CustomerReader;
  read(database: Database): Promise<CustomerRow[]>;
  /** How many hold for a customer. */
  holding(row: CustomerRow, context: Context): number;
}

export function twentyConditions(model: Model): TwentyConditions {
  const { scope } = customerVocabulary(model);
  const texts = ['tags', 'tiers', 'rules'].flatMap((kind) =>
    model.data(kind).flatMap(({ value }) => {
      const ofCustomers = kind !== 'rules' || value.subject === 'customer';
      return ofCustomers && typeof value.if === 'string' ? [value.if] : [];
    }),
  );
  const isCompiled = (text: string): boolean => {
    try {
      compile(text, scope, 'boolean');
      return true;
    } catch {
      return false; // of tags, which conditions here do not know
    }
  };
  const all = [...new Set(texts)].filter(isCompiled).map((text) => compile(text, scope, 'boolean'));
  const conditions: Expression[] = Array.from({ length: CONDITIONS }, (_, index) => all[index % all.length]!);
  const reader = customerReader(
    model,
    conditions.flatMap(({ names }) => names),
  )!;
  const panel = panelOf(conditions);
  return {
    different: Math.min(CONDITIONS, all.length),
    reader,
    async read(database) {
      const { rows } = await database.query<CustomerRow>(
        sql`select ${join(reader.columns, ', ')} from customer c join customer_metric m on m.customer_id = c.id limit ${HELD}`,
      );
      return rows;
    },
    holding(row, context) {
      panel.take(row, context);
      let holding = 0;
      for (let place = 0; place < CONDITIONS; place += 1) if (panel.value(place) === true) holding += 1;
      return holding;
    },
  };
}
