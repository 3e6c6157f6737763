/** What the other parts of ops need of the machine: programs, processes, locks between them, work in progress on disk. */
export { bytesUnder } from './bytes-under.ts';
export { draftOf, sweepDrafts } from './drafts.ts';
export { acquireLock, tryLock, type LockOptions, type Release } from './lock.ts';
export { groupOf, identify, isAlive, type ProcessIdentity, UNKNOWN_GROUP } from './process-identity.ts';
export { lastWords, runCommand, type CommandOptions, type CommandResult } from './run-command.ts';
