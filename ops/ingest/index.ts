/** From what a person names to media events. */
export { assetIdOf } from '../../connectors/producer/index.ts';
export { scan, type ScanOptions } from './scan.ts';
