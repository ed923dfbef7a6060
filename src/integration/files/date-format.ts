/**
 * A written form of dates and times: YYYY, YY, MM, DD, hh, mm, ss, SSS (or fewer S) stand for digits, everything else for itself.
 * `YYMMDD 00:00:00` therefore takes only midnight.
 */
export interface DateFormat {
  /** `YYYY-MM-DD`, or undefined when the text has another form or names no calendar day. */
  date(text: string): string | undefined;
  /** ISO 8601 with Z, the text being local time of the zone. */
  datetime(text: string, zone: string): string | undefined;
}

const TOKEN = /YYYY|YY|MM|DD|hh|mm|ss|S{1,6}/g;

/** Undefined when the form does not name a day. */
export function dateFormat(form: string, twoDigitYearsFrom: number): DateFormat | undefined {
  const tokens: string[] = [];
  const pattern = form
    .split(/(YYYY|YY|MM|DD|hh|mm|ss|S{1,6})/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      tokens.push(part);
      return `(\\d{${part.length}})`;
    })
    .join('');
  if (form.match(TOKEN)?.length !== new Set(tokens).size) return undefined;
  if (!tokens.includes('MM') || !tokens.includes('DD')) return undefined;
  if (tokens.includes('YYYY') === tokens.includes('YY')) return undefined;
  const expression = new RegExp(`^${pattern}$`);
  const at = (token: string) => tokens.indexOf(token) + 1;
  const [long, short, month, day, hour, minute, second] = ['YYYY', 'YY', 'MM', 'DD', 'hh', 'mm', 'ss'].map(at);
  const fraction = tokens.findIndex((each) => each.startsWith('S')) + 1;

  const dateOf = (match: RegExpExecArray): string | undefined => {
    const year = long ? match[long]! : centuryYear(Number(match[short!]), twoDigitYearsFrom);
    const date = `${year}-${match[month!]}-${match[day!]}`;
    return isCalendarDay(date) ? date : undefined;
  };
  return {
    date(text) {
      const match = expression.exec(text);
      return match ? dateOf(match) : undefined;
    },
    datetime(text, zone) {
      const match = expression.exec(text);
      const date = match && dateOf(match);
      if (!match || !date) return undefined;
      const part = (index: number | undefined) => (index ? match[index]! : '00');
      const clock = `${part(hour)}:${part(minute)}:${part(second)}`;
      if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(clock)) return undefined;
      return instantIn(zone, date, clock, fraction ? `.${match[fraction]}` : '');
    },
  };
}

function centuryYear(short: number, from: number): string {
  const year = Math.floor(from / 100) * 100 + short;
  return String(year < from ? year + 100 : year).padStart(4, '0');
}

function isCalendarDay(date: string): boolean {
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8, 10));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return day <= 28 || new Date(Date.UTC(2000 + (Number(date.slice(0, 4)) % 400), month, 0)).getUTCDate() >= day;
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** Minutes that a zone's clocks are ahead of UTC at an instant. */
function offsetMinutes(zone: string, instant: number): number {
  let format = zones.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    zones.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!);
  return Math.round((local - Math.floor(instant / 60_000) * 60_000) / 60_000);
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const OFFSETS_MAX = 50_000;
const offsets = new Map<string, number>();

/** Clocks are turned at most at a full hour in practice, so one offset serves all rows of that hour. */
function instantIn(zone: string, date: string, clock: string, fraction: string): string {
  const hour = `${date}T${clock.slice(0, 2)}`;
  const memo = `${zone} ${hour}`;
  let offset = offsets.get(memo);
  if (offset === undefined) {
    const local = Date.parse(`${hour}:00:00Z`);
    const guess = offsetMinutes(zone, local);
    offset = offsetMinutes(zone, local - guess * 60_000);
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsets.set(memo, offset);
  }
  const utc = Date.parse(`${date}T${clock}Z`) - offset * 60_000;
  return `${new Date(utc).toISOString().slice(0, 19)}${fraction}Z`;
}
