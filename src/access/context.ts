import type { Database } from '#database';
import type { BaseContext } from '#http';
import type { Actor, BusinessDate, Clock, Language, Text } from '#kernel';
import type { Model } from '#metadata';

/** The institution that this installation serves; setting `institution`. */
export interface Institution {
  name: Text;
  /** IANA zone in which its days begin and end. */
  zone: string;
  /** ISO 4217 code of its books. */
  currency: string;
  /** Work calendar of the packs: `cn` or `weekends`. */
  calendar: string;
  demo?: boolean;
  /** Last business date whose cycle is done; null before the first. */
  businessDate: BusinessDate | null;
}

/** What a route of a signed-in user works with. */
export interface Context extends BaseContext {
  database: Database;
  clock: Clock;
  model: Model;
  actor: Actor;
  language: Language;
  institution: Institution;
  /** The same database for statements about one customer: what belongs to him is found without asking whom else one reaches. */
  about(customerId: string): Database;
  /** Forgets what this process remembers of people's rights; others hear of changes from the database. */
  forgetRights?(): void;
}
