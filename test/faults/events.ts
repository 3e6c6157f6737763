/** What goes through the topology under test: events of users come in, and each change of an account's total goes out. */

/** Key: the user. The same event may come any number of times. */
export interface FaultEvent {
  readonly eventId: string;
  readonly user: string;
  readonly amount: number;
  /** Makes records large where a scenario wants that. */
  readonly padding?: string;
}

/** Key: the account. */
export interface AccountTotal {
  readonly count: number;
  readonly sum: number;
  /** The event that made this change. */
  readonly eventId: string;
}

const ACCOUNTS = 12;

/** Users of one account lie in several partitions, so its events meet only behind the repartition topic. */
export const accountOf = (user: string): string => `account-${Number(user.slice(user.lastIndexOf('-') + 1)) % ACCOUNTS}`;
