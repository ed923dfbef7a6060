import type { Failure } from '#kernel';
import { kinds, refusal } from './failures.ts';
import { habitIn } from './habits.ts';
import type { Place } from './types.ts';

/** What is wrong at a place that the grammar cannot read: a habit of another language where there is one. */
export function syntaxFailure(text: string, place: Place): Failure {
  // The grammar stops behind the sign that it does not know, so look from a little before.
  const from = Math.max(0, place.from - HABIT_LOOK_BACK);
  const habit = habitIn(withoutTexts(text).slice(from, place.to + 1));
  if (habit) {
    const at = from + habit.offset;
    return refusal(kinds.other_habit, { from: at, to: at + habit.found.length }, { ...habit });
  }
  return refusal(kinds.syntax, { from: place.from, to: place.to }, { near: excerpt(text, place) });
}

const HABIT_LOOK_BACK = 12;

/** Blanks out what stands in quotes, at the same length, so that a sign in a text is not taken for a mistake. */
function withoutTexts(text: string): string {
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, (quoted) => ' '.repeat(quoted.length));
}

function excerpt(text: string, place: Place): string {
  return text.slice(Math.max(0, place.from - 8), place.to + 8).trim();
}
