export * from './actor.ts';
export * from './clock.ts';
export * from './dates.ts';
export * from './failure.ts';
export * from './format.ts';
export * from './money.ts';
export * from './share.ts';
export * from './work-calendar.ts';
