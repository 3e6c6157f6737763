/** For applications that publish media events. docs/producers.md is its contract, for other languages too. */
export { assetIdOf } from './asset-id.ts';
export { completeMediaEvent, type MediaEvent, type MediaEventDefaults } from './media-event.ts';
export { openMediaProducer, type MediaProducer, type SendOptions } from './media-producer.ts';
export type { MediaProducerOptions } from './options.ts';
