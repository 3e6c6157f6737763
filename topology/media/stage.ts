/** What every stage file is given, and what they share. */
import type { Serdes } from '../../schemas/index.ts';
import type { KStream, StreamsBuilder } from '../dsl/index.ts';
import { stringSerde } from '../dsl/index.ts';
import type { CompiledMediaOptions } from './options.ts';
import type { EnrichOutput, MediaServices } from './services.ts';
import { TOPICS } from './topics.ts';

export const STAGES = ['admit', 'decode', 'vision', 'audio', 'text', 'assemble', 'index'] as const;
export type Stage = (typeof STAGES)[number];

export interface StageParts {
  readonly builder: StreamsBuilder;
  readonly services: MediaServices;
  readonly options: CompiledMediaOptions;
  readonly serdes: Serdes;
  /** Hears what a person should know. */
  readonly notice: (line: string) => void;
}

/** Writes what a stage found: insights by asset, text by unit. */
export function writeFindings<Found extends EnrichOutput>(stage: Stage, found: KStream<string, Found>, parts: StageParts): void {
  writeInsights(stage, found, parts);
  found
    .flatMap(({ textUnits }) => textUnits.map((unit) => ({ key: `${unit.assetId}/${unit.unitId}`, value: unit })), { name: `${stage}-text-units` })
    .to(TOPICS.text, { key: stringSerde, value: parts.serdes.textUnit, name: `${stage}-text` });
}

export function writeInsights<Found extends Pick<EnrichOutput, 'insights'>>(stage: Stage, found: KStream<string, Found>, { serdes }: StageParts): void {
  found
    .flatMap(({ insights }) => insights.map((insight) => ({ key: insight.assetId, value: insight })), { name: `${stage}-findings` })
    .to(TOPICS.insights, { key: stringSerde, value: serdes.insight, name: `${stage}-insights` });
}
