/** The only source of time: injected everywhere, so that tests and replays set it. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** A clock that stands still until moved. */
export function fixedClock(instant: string | Date): Clock & { set(instant: string | Date): void } {
  let now = new Date(instant);
  return Object.assign(() => new Date(now), {
    set(next: string | Date) {
      now = new Date(next);
    },
  });
}
