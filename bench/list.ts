import { fillCustomers, serve } from './dataset.ts';
import { atMost, type Bench, type Target } from './harness.ts';
import { type Figures, interleaved } from './measure.ts';

const CUSTOMERS = 1_000_000;
/** Of a variant in one turn, and turns in a round. */
const PAGES = 10;
const TURNS = 10;
const WARM_UPS = 30;
/** Issue: a list page costs at most 3 ms of CPU at any depth with a million customers, PostgreSQL and Node together. */
const PAGE_US_MAX = 3_000;
/** spec data, T6: the cost of a page does not depend on its depth. */
const DEPTH_RATIO_MAX = 1.2;

/** List pages through the real server as ordinary users with scopes and masks on: first pages, deep pages, filters, searches. */
export const bench: Bench = async (ctx) => {
  const customers = Math.round(CUSTOMERS * ctx.scale);
  const stage = ctx.progress.stage({ zh: `生成 ${customers} 位客户`, en: `making ${customers} customers` });
  await fillCustomers(ctx.database, customers);
  stage.end();
  const server = await serve(ctx.database, ctx.clock);
  const get = { rm: await server.as('rm'), head: await server.as('head'), chief: await server.as('chief') };
  const deep = await deepCursor(ctx.database, customers);
  const pages = (who: keyof typeof get, query: string) => async () => {
    for (let page = 0; page < PAGES; page++) await get[who](`/api/customers?${query}`);
    return PAGES;
  };
  const measured: Record<string, Figures> = await interleaved(
    ctx.database,
    {
      'rm first page': pages('rm', 'limit=50'),
      'head of 5 units first page': pages('head', 'limit=50'),
      'all branches first page': pages('chief', 'limit=50'),
      'all branches, 90 % deep': pages('chief', `limit=50&cursor=${deep}`),
      'filter tier and AUM range': pages('chief', 'limit=50&filter=tier:eq:wealth&filter=aum:between:4000,12000'),
      'filter with few hits': pages('chief', 'limit=50&filter=kind:eq:company'),
      'filter without hits': pages('chief', 'limit=50&filter=tier:eq:potential'),
      'name search, two characters': pages(
        'chief',
        `limit=50&q=${encodeURIComponent(String.fromCharCode(19968 + (7919 % 400), 20200 + (104729 % 900)))}`,
      ),
      'phone tail search': pages('chief', 'limit=50&q=4711'),
    },
    { turns: TURNS, warmUps: WARM_UPS },
  );
  await server.close();
  const cost = (name: string) => measured[name]!.totalUs ?? Number.NaN;
  const targets: Target[] = Object.keys(measured)
    .filter((name) => !name.includes('search'))
    .map((name) => atMost(`CPU-µs per page: ${name}`, cost(name), PAGE_US_MAX));
  targets.push(
    atMost(
      'ratio deep / first page',
      cost('all branches, 90 % deep') / cost('all branches first page'),
      DEPTH_RATIO_MAX,
    ),
  );
  return { figures: { customers, perPage: measured }, targets };
};

/** The cursor of a page that begins behind 90 % of all rows. */
async function deepCursor(
  database: { query<R>(text: string, values: unknown[]): Promise<{ rows: R[] }> },
  customers: number,
): Promise<string> {
  const { rows } = await database.query<{ aum: string; id: string }>(
    'select aum::text, id::text from customer order by aum desc, id desc offset $1 limit 1',
    [Math.floor(customers * 0.9)],
  );
  return Buffer.from(JSON.stringify([rows[0]!.aum, rows[0]!.id])).toString('base64url');
}
