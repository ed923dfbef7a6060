import type { Node } from '../ast.ts';
import { parseDay } from '../dates.ts';
import { parseDuration } from '../durations.ts';
import { kinds, refusal } from '../failures.ts';
import { signaturesOf } from '../functions/table.ts';
import { limits } from '../limits.ts';
import { parseNumber } from '../numbers.ts';
import type { Place } from '../types.ts';
import { parseInstant } from '../zones.ts';
import { type Checking, near } from './checking.ts';

export function writtenNumber(checking: Checking, text: string, place: Place) {
  const number = parseNumber(text);
  if (number !== null) return number;
  throw refusal(kinds.bad_number, place, {
    near: near(checking, place),
    whole: limits.whole_digits_max,
    places: limits.decimal_places_max,
  });
}

function writtenDate(text: string, place: Place): Node {
  const value = parseDay(text);
  if (value === null) throw refusal(kinds.bad_date, place, { near: text });
  return { ...place, kind: 'literal', type: 'date', value };
}

function writtenDuration(text: string, place: Place): Node {
  const duration = parseDuration(text);
  if (!duration) throw refusal(kinds.bad_duration, place, { near: text });
  return { ...place, kind: 'literal', ...duration };
}

/** `@"2026-01-31"`, `@"P15D"`, `@"2026-01-31T09:30:00"`: the last depends on the zone of the run. */
export function writtenMoment(text: string, place: Place): Node {
  if (/^-?P/.test(text)) return writtenDuration(text, place);
  return text.includes('T') ? writtenInstant(text, place) : writtenDate(text, place);
}

function writtenInstant(text: string, place: Place): Node {
  if (parseInstant(text, 'UTC') === null) throw refusal(kinds.bad_datetime, place, { near: text });
  const [definition] = signaturesOf('date and time');
  const literal: Node = { ...place, kind: 'literal', type: 'text', value: text };
  return { ...place, kind: 'call', type: 'datetime', definition: definition!, arguments: [literal] };
}

/** Conversions of a written text are done at once, so that a mistyped one is refused here and not on every row. */
export const conversionsOfWritten: Record<string, (checking: Checking, text: string, place: Place) => Node> = {
  date: (_, text, place) => writtenDate(text, place),
  'date and time': (_, text, place) => writtenInstant(text, place),
  duration: (_, text, place) => writtenDuration(text, place),
  number: (checking, text, place) => ({
    ...place,
    kind: 'literal',
    type: 'number',
    value: writtenNumber(checking, text, place),
  }),
};
