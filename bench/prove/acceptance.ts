import type { Prove } from '../harness.ts';
import { alertCases } from './acceptance-alerts.ts';
import { days, products, tierCases } from './acceptance-tiers.ts';
import { openWorld } from './acceptance-world.ts';

/**
 * The cases of the acceptance list, each by its id, with values below, at and above the threshold: records and facts in, the days run,
 * and what the API then says to those who work with it.
 */
export const prove: Prove = async (ctx, trials) => {
  const world = await openWorld(ctx.database);
  const cases = [...tierCases, ...alertCases].filter(({ id }) => !ctx.only || ctx.only.split(',').includes(id));
  try {
    await world.add('product', products);
    for (const each of cases) await each.given(world);
    const stage = ctx.progress.stage({ zh: '业务日', en: 'Business days' }, days.length);
    for (const [index, day] of days.entries()) {
      ctx.signal.throwIfAborted();
      if (index === days.length - 1) for (const each of cases) await each.onTheDay?.(world);
      await world.run(day);
      stage.update(index + 1);
    }
    stage.end();
    for (const { id, holds, expect } of cases) await trials.trial(`${id}: ${holds}`, () => expect(world));
  } finally {
    await world.server.close();
  }
  return { cases: cases.map(({ id }) => id) };
};
