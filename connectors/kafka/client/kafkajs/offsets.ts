/** Positions, as kafkajs' requests take them. */
import type { Positions } from '../../../ports/index.ts';
import { byTopic, entriesOf, type OfTopic } from '../by-topic.ts';

export const offsetsByTopic = (positions: Positions): readonly OfTopic<object>[] => byTopic(entriesOf(positions), ({ partition, offset }) => ({ partition, offset, metadata: null }));
