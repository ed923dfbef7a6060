import type { Person, World } from './population.ts';
import { purposes, type Random, random } from './random.ts';

export interface Login {
  day: number;
  minute: number;
  channel: 'mobile' | 'web' | 'mini_program';
  device: string;
}

const DEVICES = ['Android 14', 'Android 15', 'iOS 17', 'iOS 18', 'HarmonyOS 4', 'HarmonyOS 5'];
const BROWSERS = ['Windows 11 · 浏览器', 'macOS · 浏览器'];

/** Who uses the mobile bank at all, by age. */
function digitalShare(age: number): number {
  if (age < 14) return 0;
  if (age < 60) return 0.84;
  return age < 70 ? 0.5 : 0.16;
}

const STOPPED_SHARE = 0.1;
/** Mean days between two logins: for the eager, the ordinary, the rare. */
const CADENCE_DAYS = [10, 30, 40] as const;

/** The sign-ins to digital channels; some customers gave them up one to five months ago. */
export function loginsOf(world: World, person: Person, start: number): Login[] {
  const chance = random(world.seed, purposes.logins, person.index);
  if (person.status === 'closed' || !chance.chance(digitalShare(person.age))) return [];
  const cadence = CADENCE_DAYS[person.liveliness > 4 ? 0 : person.liveliness > 1 ? 1 : 2];
  const stopped = chance.chance(STOPPED_SHARE);
  const gap = stopped ? chance.between(31, 160) : chance.between(0, Math.min(24, cadence));
  const last = Math.min(world.until - gap, person.lastActive);
  const from = Math.max(start, person.since);
  const device = chance.pick(DEVICES);
  const logins: Login[] = [];
  for (let day = last; day >= from; day -= Math.max(1, Math.round(-cadence * Math.log(1 - chance.unit())))) {
    logins.push(loginOn(world, chance, day, device));
  }
  return logins.reverse();
}

function loginOn(world: World, chance: Random, day: number, device: string): Login {
  const mark = chance.unit();
  // People look at their money in the breaks of a working day, and late on free days.
  const minute =
    world.days.kind(day) === 'workday' && mark < 0.5
      ? chance.between(11 * 60 + 40, 13 * 60 + 30)
      : chance.between(7 * 60, 23 * 60 + 40);
  if (mark > 0.93) return { day, minute, channel: 'web', device: chance.pick(BROWSERS) };
  return { day, minute, channel: mark > 0.84 ? 'mini_program' : 'mobile', device };
}
