import { pinyinOf } from '#metadata';
import { fillCustomers, serve } from './dataset.ts';
import { atMost, type Bench, type Target } from './harness.ts';
import { type Figures, interleaved } from './measure.ts';

const CUSTOMERS = 1_000_000;
const SEARCHES = 30;
/** spec data, T7: any search by name, pinyin or phone against the look-up of one whole phone number. */
const SEARCH_RATIO_MAX = 15;
/** spec data, T7: two Chinese characters. */
const TWO_CHARACTERS_RATIO_MAX = 2;

/** The name of a customer, as the dataset makes it. */
const characters = (n: number) =>
  [19_968 + ((n * 7_919) % 400), 20_200 + ((n * 104_729) % 900), 21_000 + ((n * 1_299_709) % 900)].map((code) =>
    String.fromCodePoint(code),
  );

/** What the texts of one kind are made of: customers of all ranks, another one at each search. */
export const kinds: Record<string, (n: number) => string> = {
  'whole phone': (n) => `139${String(n % 10_000).padStart(8, '0')}`,
  'customer number': (n) => `C${n}`,
  'phone tail': (n) => String(n % 10_000).padStart(4, '0'),
  'account tail': (n) => String((n * 2) % 10_000).padStart(4, '0'),
  'two characters': (n) => characters(n).slice(0, 2).join(''),
  'two characters inside': (n) => characters(n).slice(1).join(''),
  'whole name': (n) => characters(n).join(''),
  'one character': (n) => characters(n)[0]!,
  'whole pinyin': (n) => pinyinOf(characters(n).join('')),
  'beginning of the pinyin': (n) => pinyinOf(characters(n).slice(0, 2).join('')),
  'three letters': (n) => pinyinOf(characters(n)[0]!).slice(0, 3),
  initials: (n) =>
    characters(n)
      .map((character) => pinyinOf(character)[0])
      .join(''),
  mixed: (n) => `${characters(n)[0]}${pinyinOf(characters(n)[1]!)[0]}${pinyinOf(characters(n)[2]!)[0]}`,
  'slip of a key': (n) => pinyinOf(characters(n).join('')).replace(/(.)(.)$/, '$2$1'),
  'other characters, same sound': (n) => characters(n + 1)[0]! + characters(n).slice(1).join(''),
  transposed: (n) => [characters(n)[0], characters(n)[2], characters(n)[1]].join(''),
  'miss in Chinese': () => '龘靐齉',
  'miss in pinyin': () => 'zhuangchuangzz',
};

/** A whole number that leads to one customer or few; the cheaper one is what the others are held against. */
const YARDSTICKS = ['whole phone', 'customer number'];

/** The search box through the real server, as users who see few, some and all customers. */
export const bench: Bench = async (ctx) => {
  const customers = Math.round(CUSTOMERS * ctx.scale);
  const stage = ctx.progress.stage({ zh: `生成 ${customers} 位客户`, en: `making ${customers} customers` });
  await fillCustomers(ctx.database, customers);
  await ctx.database.transaction(
    (tx) =>
      tx.query(
        `insert into account (id, customer_id, number, currency, source, source_key)
          select n * 2 + k, n, '6222' || lpad((n * 2 + k)::text, 12, '0'), 'CNY', 'bench', (n * 2 + k)::text
            from generate_series(1, $1::bigint) n, generate_series(0, 1) k`,
        [customers],
      ),
    { statementTimeoutMs: 0 },
  );
  await ctx.database.query('vacuum analyze account');
  stage.end();
  const server = await serve(ctx.database, ctx.clock);
  const people = ['rm', 'head', 'chief'] as const;
  const measured: Record<string, Record<string, Figures>> = {};
  const targets: Target[] = [];
  for (const who of people) {
    const get = await server.as(who);
    const found: Record<string, number> = {};
    const searches = Object.fromEntries(
      Object.entries(kinds).map(([kind, text]) => [
        kind,
        async () => {
          for (let at = 0; at < SEARCHES; at++) {
            // Customers of the RM are every two hundredth, from 7 on.
            const n =
              who === 'rm' ? 7 + 200 * ((at * 7) % Math.min(500, customers / 200)) : 1 + ((at * 7_919) % customers);
            const answer = JSON.parse(await get(`/api/search?q=${encodeURIComponent(text(n))}`));
            found[kind] = (found[kind] ?? 0) + answer.customers.length;
          }
          return SEARCHES;
        },
      ]),
    );
    measured[who] = await interleaved(ctx.database, searches);
    const cost = (kind: string) => measured[who]![kind]!.totalUs ?? Number.NaN;
    const yardstick = Math.min(...YARDSTICKS.map(cost));
    for (const kind of Object.keys(kinds).filter((each) => !YARDSTICKS.includes(each))) {
      const limit = kind.startsWith('two characters') ? TWO_CHARACTERS_RATIO_MAX : SEARCH_RATIO_MAX;
      targets.push(atMost(`${who}: ${kind} / whole number`, cost(kind) / yardstick, limit));
    }
    measured[who] = Object.fromEntries(
      Object.entries(measured[who]).map(([kind, figures]) => [kind, { ...figures, found: found[kind]! }]),
    );
  }
  await server.close();
  return { figures: { customers, perSearch: measured }, targets };
};
