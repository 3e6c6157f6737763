/** The sub-topologies of each stage, and what each reads. Consumer groups are `<application.id>-<sub-topology>`. */
import { STAGES } from './stage.ts';
import type { Stage } from './stage.ts';
import { TOPICS } from './topics.ts';

/** Runs in stage index where there is an event index. */
export const EVENTS = 'events';

const SUBTOPOLOGIES: Readonly<Record<Stage, Readonly<Record<string, readonly string[]>>>> = {
  admit: { admit: [TOPICS.assets, TOPICS.admitted], content: [TOPICS.claims] },
  decode: { decode: [TOPICS.work] },
  vision: { vision: [TOPICS.frames] },
  audio: { audio: [TOPICS.audio] },
  text: { text: [TOPICS.text] },
  assemble: { assemble: [TOPICS.admitted, TOPICS.insights] },
  index: { index: [TOPICS.documents, TOPICS.insights], [EVENTS]: [TOPICS.audit, TOPICS.insights, TOPICS.deadLetters] },
};

export interface SubtopologyOptions {
  /** Whether there is an event index. @default false */
  readonly events?: boolean;
}

/** With the topics that each reads. */
export const sourcesOf = (stage: Stage, { events = false }: SubtopologyOptions = {}): (readonly [subtopology: string, topics: readonly string[]])[] =>
  Object.entries(SUBTOPOLOGIES[stage]).filter(([name]) => events || name !== EVENTS);

/** The sub-topologies that a stage consists of, for `StreamsOptions.subtopologies`. */
export const subtopologiesOf = (stage: Stage, options: SubtopologyOptions = {}): readonly string[] => sourcesOf(stage, options).map(([name]) => name);

/** Nodes are named after their sub-topology. */
export function stageOfNode(node: string): Stage | undefined {
  const [name = ''] = node.split('-');
  return STAGES.find((stage) => name in SUBTOPOLOGIES[stage]);
}
