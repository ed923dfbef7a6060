/** Signs and words of other languages, and full-width signs of Chinese keyboards, with what to write instead. */
const habits: Record<string, string> = {
  '==': '=',
  '<>': '!=',
  '&&': ' and ',
  '||': ' or ',
  "'": '"',
  '（': '(',
  '）': ')',
  '，': ',',
  '“': '"',
  '”': '"',
  '‘': '"',
  '’': '"',
  '＞': '>',
  '＜': '<',
  '＝': '=',
  '≥': '>=',
  '≤': '<=',
  '≠': '!=',
  '×': '*',
  '÷': '/',
  '＋': '+',
  '－': '-',
  '％': '/ 100',
  '%': '/ 100, mod(a, b)',
  '。': '.',
  '；': ',',
  ' 且 ': ' and ',
  ' 或 ': ' or ',
  ' is null': ' = null',
  ' is not null': ' != null',
};

interface Habit {
  found: string;
  instead: string;
}

/** The foreign sign that begins at a position, if any; the longest one wins. */
function habitAt(text: string, at: number): Habit | undefined {
  const found = Object.keys(habits)
    .filter((sign) => text.startsWith(sign, at))
    .sort((a, b) => b.length - a.length)[0];
  return found === undefined ? undefined : { found, instead: habits[found]! };
}

/** The first foreign sign inside a stretch of text. */
export function habitIn(text: string): (Habit & { offset: number }) | undefined {
  for (let offset = 0; offset < text.length; offset++) {
    const habit = habitAt(text, offset);
    if (habit) return { ...habit, offset };
  }
  return undefined;
}
