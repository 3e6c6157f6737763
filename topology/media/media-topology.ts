/**
 * The media topology: every stage is one or two sub-topologies that meet the others in topics only, so that stages run in
 * one process or apart (`stages: ['decode']`). docs/media-topology.md has the picture and the rules.
 *
 * ```ts
 * const topology = buildMediaTopology({ services: { admission, blobs, decode, vision, audio, text, searchIndex } });
 * await driver.ensureTopics(mediaTopicSpecs());
 * await new Streams(topology, { applicationId: 'millrace', driver, deadLetterTopic: TOPICS.deadLetters }).start();
 * ```
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import { serdes as shippedSerdes } from '../../schemas/index.ts';
import type { Serdes } from '../../schemas/index.ts';
import { StreamsBuilder } from '../dsl/index.ts';
import type { Topology } from '../dsl/index.ts';
import { addAdmit } from './admit.ts';
import { addAssemble } from './assemble.ts';
import { addAudio } from './audio.ts';
import { addContent } from './content.ts';
import { addDecode } from './decode.ts';
import { addEvents } from './event-index.ts';
import { compileMediaOptions } from './options.ts';
import type { MediaTopologyOptions } from './options.ts';
import { addIndex } from './search-index.ts';
import type { MediaServices } from './services.ts';
import { STAGES } from './stage.ts';
import type { Stage, StageParts } from './stage.ts';
import { addText } from './text.ts';
import { addVision } from './vision.ts';

export interface MediaTopologyParts {
  /** Those of the stages that run here. */
  readonly services: MediaServices;
  /** @default all */
  readonly stages?: readonly Stage[];
  readonly options?: MediaTopologyOptions;
  /** @default those that ship with Millrace; `openSerdes` takes them from a registry */
  readonly serdes?: Serdes;
  /** Hears what a person should know. @default nobody */
  readonly notice?: (line: string) => void;
}

const ADD: Readonly<Record<Stage, (parts: StageParts) => void>> = {
  admit: (parts) => { addAdmit(parts); addContent(parts); },
  decode: addDecode,
  vision: addVision,
  audio: addAudio,
  text: addText,
  assemble: addAssemble,
  index: (parts) => {
    addIndex(parts);
    if (parts.services.eventIndex !== undefined) addEvents(parts);
  },
};

/** @throws MillraceError MILL_CONFIG_INVALID when a stage is unknown, or a service of a stage is missing. */
export function buildMediaTopology({ services, stages = STAGES, options = {}, serdes = shippedSerdes, notice = () => undefined }: MediaTopologyParts): Topology {
  const unknown = stages.find((stage) => !STAGES.includes(stage));
  if (unknown !== undefined) throw new MillraceError('MILL_CONFIG_INVALID', `There is no stage ${unknown}; the stages are ${STAGES.join(', ')}.`);
  const builder = new StreamsBuilder();
  const parts = { builder, services, options: compileMediaOptions(options), serdes, notice };
  for (const stage of STAGES.filter((each) => stages.includes(each))) ADD[stage](parts);
  return builder.build();
}
