/** A part of the driver that it exports without types. */
declare module 'pg/lib/utils.js' {
  /** The value as it travels: text, bytes or null. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
