/** Admission: what a submission is, whether it may come in, and into which segments of work it is cut. */
export { hashSource } from '../decode/index.ts';
export type { HashedSource, HashOptions } from '../decode/index.ts';
export { admitContent } from './admit.ts';
export type { Admission, AdmitOptions } from './admit.ts';
export { planSpans } from './plan.ts';
export type { PlannedSpan } from './plan.ts';
export { validateSubmission } from '../../schemas/index.ts';
