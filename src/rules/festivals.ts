import { z } from 'zod';
import { code, oncePerModel, readDefinitions, text } from '#facts';
import { type BusinessDate, dateOfLunar, isDate, lunarDate } from '#kernel';
import type { Model } from '#metadata';

const day = z.strictObject({ month: z.int().min(1).max(12), day: z.int().min(1).max(31) });

const definition = z
  .strictObject({
    code,
    label: text,
    /** A day of the year … */
    on: day.optional(),
    /** … or one of the lunar calendar. */
    lunar: day.optional(),
  })
  .refine((each) => (each.on === undefined) !== (each.lunar === undefined), { message: 'needs either on or lunar' });

type Festival = z.output<typeof definition>;

export const festivals = oncePerModel((model: Model): Map<string, Festival> => {
  return new Map(readDefinitions(model, 'festivals', definition).map((each) => [each.code, each]));
});

/** Is this date the festival? */
export function isFestival({ on, lunar }: Festival, date: BusinessDate): boolean {
  if (on) {
    const wanted = `${date.slice(0, 4)}-${String(on.month).padStart(2, '0')}-${String(on.day).padStart(2, '0')}`;
    return isDate(wanted) && wanted === date;
  }
  const here = lunarDate(date);
  return here !== undefined && !here.leap && dateOfLunar(here.year, lunar!.month, lunar!.day) === date;
}
