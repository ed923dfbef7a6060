import { FEN } from './fen.ts';
import { banks } from './merchants.ts';
import { foreignAccount } from './numbers.ts';
import type { Random } from './random.ts';

export type Kind =
  | 'cash'
  | 'transfer'
  | 'card'
  | 'salary'
  | 'payment'
  | 'interest'
  | 'fee'
  | 'pension'
  | 'loan'
  | 'insurance'
  | 'purchase'
  | 'redemption'
  | 'other';
export type Channel = 'counter' | 'mobile' | 'web' | 'atm' | 'pos' | 'system';

/**
 * What happens when the money is not there. `choice`: it is not spent. `duty`: the customer first brings it from another
 * bank. `drain`: whatever is there goes, up to the sum.
 */
export type Resolve = 'choice' | 'duty' | 'drain';

/** One movement before it is booked; a positive sum comes in. */
export interface Movement {
  day: number;
  /** From local midnight. */
  minute: number;
  fen: number;
  kind: Kind;
  channel: Channel;
  purpose: string;
  party: string | null;
  bank: string | null;
  partyAccount: string | null;
  resolve: Resolve;
  /** Computed from the balance when its turn comes: interest of a quarter, or what lies idle. */
  computed: 'interest' | 'sweep' | null;
}

/** One booked movement. */
export interface Posting {
  day: number;
  minute: number;
  sequence: number;
  fen: number;
  balance: number;
  kind: Kind;
  channel: Channel;
  purpose: string;
  party: string | null;
  bank: string | null;
  partyAccount: string | null;
}

export interface Settlement {
  postings: Posting[];
  balance: number;
}

export interface AccountCourse {
  /** Before the first movement. */
  opening: number;
  /** What the owner likes to keep on a day, in fen; the rest he moves to where it earns more. */
  level(day: number): number;
  /** Tolerated above the level before he does so. */
  slack: number;
  /** He never moves more at once: sums that matter stand out by themselves. */
  sweepMax: number;
  owner: string;
  /** Where own money comes from and goes to. */
  homeBank: string;
  homeAccount: string;
}

const QUARTERLY_INTEREST = 0.0005 / 4;
const TOP_UP_LEAD_MINUTES = 6;
const SWEEP_MIN_FEN = 500 * FEN;

/** Books the movements in order of time: the balance never falls below zero and every posting knows its successor. */
export function settle(movements: Movement[], course: AccountCourse): Settlement {
  movements.sort((one, other) => one.day - other.day || one.minute - other.minute);
  const postings: Posting[] = [];
  let balance = course.opening;
  let day = Number.NaN;
  let sequence = 0;
  let lastMinute = 0;
  const book = (move: Movement, fen: number, wished: number) => {
    if (move.day !== day) {
      day = move.day;
      sequence = 0;
      lastMinute = 0;
    }
    const minute = Math.max(lastMinute, wished);
    lastMinute = minute;
    sequence += 1;
    balance += fen;
    postings.push({
      day,
      minute,
      sequence,
      fen,
      balance,
      kind: move.kind,
      channel: move.channel,
      purpose: move.purpose,
      party: move.party,
      bank: move.bank,
      partyAccount: move.partyAccount,
    });
  };
  for (const move of movements) {
    let fen = move.fen;
    if (move.computed === 'interest') fen = Math.round(balance * QUARTERLY_INTEREST);
    else if (move.computed === 'sweep') {
      const level = course.level(move.day);
      const excess = balance - level;
      const moved = Math.min(excess, course.sweepMax);
      fen = excess > level * 0.25 + course.slack && moved > SWEEP_MIN_FEN ? -(moved - (moved % (100 * FEN))) : 0;
    }
    if (fen === 0) continue;
    if (balance + fen < 0) {
      if (move.resolve === 'choice') continue;
      if (move.resolve === 'drain') fen = -balance;
      else {
        const missing = -(balance + fen);
        const step = missing > 20_000 * FEN ? 10_000 * FEN : missing > 2_000 * FEN ? 1_000 * FEN : 100 * FEN;
        const brought: Movement = {
          ...move,
          kind: 'transfer',
          channel: 'mobile',
          purpose: '本人他行转入',
          party: course.owner,
          bank: course.homeBank,
          partyAccount: course.homeAccount,
        };
        book(brought, Math.ceil(missing / step) * step, Math.max(0, move.minute - TOP_UP_LEAD_MINUTES));
      }
      if (fen === 0) continue;
    }
    book(move, fen, move.minute);
  }
  return { postings, balance };
}

/** Gathers the movements of one account; the defaults are those of an ordinary payment. */
export interface Journal {
  movements: Movement[];
  add(
    day: number,
    minute: number,
    fen: number,
    kind: Kind,
    channel: Channel,
    purpose: string,
    party: string | null,
  ): Movement;
}

export function journal(): Journal {
  const movements: Movement[] = [];
  return {
    movements,
    add(day, minute, fen, kind, channel, purpose, party) {
      const move: Movement = {
        day,
        minute,
        fen,
        kind,
        channel,
        purpose,
        party,
        bank: null,
        partyAccount: null,
        resolve: 'choice',
        computed: null,
      };
      movements.push(move);
      return move;
    },
  };
}

/** Somebody with an account at another bank. */
export interface Party {
  name: string;
  bank: string;
  account: string;
}

export function partyOf(chance: Random, name: string): Party {
  return { name, bank: chance.pick(banks), account: foreignAccount(Math.floor(chance.unit() * 2 ** 32)) };
}
