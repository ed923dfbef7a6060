import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: nobody guesses it, so a plain hash of it may be stored. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is stored instead of a token, so that a stolen table opens nothing. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();
