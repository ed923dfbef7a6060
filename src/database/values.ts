import pg from 'pg';

/**
 * How PostgreSQL values reach the program: every value whose exactness a JavaScript number or Date would lose stays text.
 * bigint and numeric → decimal string, date → 'YYYY-MM-DD', timestamptz → ISO 8601 in UTC, arrays of these likewise.
 * Held per connection pool: the driver's global table is left alone.
 */
const text = (value: string) => value;
const textArray: (value: string) => (string | null)[] = pg.types.getTypeParser(1015 as number);

const parsers = new Map<number, (value: string) => unknown>([
  [20, text], // bigint
  [1700, text], // numeric
  [1082, text], // date
  [1114, text], // timestamp without time zone: the product has none, so it is not interpreted
  [1184, instant],
  [1186, text], // interval
  [1016, textArray], // bigint[]
  [1231, textArray], // numeric[]
  [1182, textArray], // date[]
  [1115, textArray], // timestamp[]
  [1185, (value) => textArray(value).map((each) => (each === null ? null : instant(each)))], // timestamptz[]
  [1187, textArray], // interval[]
]);

export const valueTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const own = format === 'binary' ? undefined : parsers.get(oid);
    return own ?? pg.types.getTypeParser(oid, format as 'text');
  },
};

/** `2026-01-31 08:00:00.5+00` → `2026-01-31T08:00:00.500Z`; microseconds are kept where there are any. */
function instant(value: string): string {
  if (!value.endsWith('+00') || value.length < 22) return value; // infinity, or a year before Christ
  const fraction = value.slice(20, -3);
  return `${value.slice(0, 10)}T${value.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`;
}
