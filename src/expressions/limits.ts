/** What one expression may cost. A text beyond a limit is refused with the place and the remedy, never cut. */
export const limits = {
  text_length_max: 4_000,
  /** Brackets, signs and branches inside one another; chains such as `a and b and c` or `else if` stay flat. */
  depth_max: 40,
  nodes_max: 2_000,
  /** Nodes after the compiler has repeated what SQL must say twice. */
  sql_nodes_max: 20_000,
  /** Digits of a written number, and of a value in a row or column. */
  whole_digits_max: 38,
  decimal_places_max: 20,
  /** Digits that a calculation may need in the worst case; below what PostgreSQL's numeric holds, so both sides stay exact. */
  calculated_digits_max: 500,
  /** Characters assumed of a text column, and those a calculated text may need in the worst case. */
  column_characters: 10_000,
  calculated_characters_max: 20_000_000,
  /** Calendar distance of one written duration, and of all durations added to one date. */
  duration_days_max: 366_000,
  reach_days_max: 1_500_000,
  /** Whole-number arguments: positions, lengths, numbers of days. */
  whole_argument_max: 1_000_000,
  pad_length_max: 1_000,
  division_places: 20,
  expressions_cached_max: 2_000,
} as const;
