/** Audio: voice activity, and speech as phrases with their times. */
export { createHearer } from './hearer.ts';
export type { AudioFindings, Hearer, HearerOptions } from './hearer.ts';
