/** From the records of a topic to events that dashboards are drawn from. */
export { auditEventOf } from './audit-event.ts';
export { deadLetterEventOf } from './dead-letter-event.ts';
export { createRefusalNotes } from './refusal-notes.ts';
export { workEventOf } from './work-event.ts';
