import { hash, randomInt } from 'node:crypto';
import type { Clock } from '#kernel';

/**
 * The id of a row that comes from outside: a positive 63-bit hash of where it comes from and its key there, as a decimal
 * string. The same row always gets the same id, so a second load changes nothing and references need no look-up.
 * A collision (1 in 10^5 among 10 million rows of one entity) is caught by the (source, source_key) check of the write.
 */
export function recordId(entity: string, source: string, sourceKey: string): string {
  // As hexadecimal text: a load does this for every row, and a Buffer for each costs more than the hash itself.
  const digest = hash('sha256', `${entity}\u0000${source}\u0000${sourceKey}`);
  return (BigInt(`0x${digest.slice(0, 16)}`) >> 1n).toString();
}

const RANDOM_BITS = 21n;

/** The id of a row that a person or the engine makes: milliseconds since 1970 above 21 random bits, so newer rows sort later. */
export function newId(clock: Clock): string {
  return ((BigInt(clock().getTime()) << RANDOM_BITS) | BigInt(randomInt(2 ** Number(RANDOM_BITS)))).toString();
}
