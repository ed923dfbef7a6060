import type { Context } from '#access';

/** What a run needs: no request, no language. */
export type DayContext = Pick<Context, 'database' | 'clock' | 'model' | 'actor' | 'institution'>;
