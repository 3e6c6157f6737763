/** Which servers an instance runs on. */
export { openLog, type OpenedLog } from './open-log.ts';
export { readProfile, type Profile } from './profile.ts';
