import { z } from 'zod';
import { controlSchema } from '../mapping/definition.ts';

// A feed is data that people keep on a page: files of one source that come again and again, and start their load by themselves.

const text = z.strictObject({ zh: z.string().trim().min(1).max(100), en: z.string().trim().min(1).max(100) });
const share = z.number().min(0).max(100);

export const feedSchema = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/),
  label: text,
  /** Code of the mapping; its files that are not optional make a set complete. */
  mapping: z.string().min(1).max(60),
  active: z.boolean(),
  /** Folder below the inbox; default the code. */
  folder: z
    .string()
    .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*){0,3}$/)
    .optional(),
  /**
   * Where the business date of a set stands: in the names of its files (`{date}` of the mapping), in the name of a folder of its own,
   * or nowhere: then it is the day that is expected when the files arrive.
   */
  dates: z.enum(['name', 'folder', 'arrival']),
  /** How the date is written in the name of the folder. */
  folder_date: z.enum(['YYYY-MM-DD', 'YYYYMMDD']).optional(),
  /** In place of the mapping's. */
  control: controlSchema.optional(),
  /** When a set is to be there: by this local time, so many days after its business date. */
  expected: z
    .strictObject({
      by: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
      /** Which days have a set: every one, or the workdays of the institution's calendar. */
      days: z.enum(['every', 'workdays']),
      lag: z.int().min(0).max(31),
    })
    .optional(),
  /** Changes from one business date to the next above which the report warns; as shares, 0.3 is 30 %. */
  limits: z.strictObject({ rows: share, sums: share }).optional(),
  /** Days that loaded and failed files are kept. */
  keep_days: z.int().min(1).max(3_650),
});

export type Feed = z.infer<typeof feedSchema>;
