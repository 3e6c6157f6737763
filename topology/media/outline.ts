/**
 * The media topology to look at: `millrace topology`, and the pictures of docs/media-topology.md. It has the real nodes,
 * stores and topics, and services that nobody can call.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Topology } from '../dsl/index.ts';
import { buildMediaTopology } from './media-topology.ts';
import type { MediaServices } from './services.ts';
import type { Stage } from './stage.ts';

const refuse = (): never => {
  throw new MillraceError('MILL_CLOSED', 'This topology was built to be looked at, and not to be run.');
};

const stage = { run: refuse, failed: refuse };
const SERVICES: Required<MediaServices> = {
  admission: { hash: refuse, plan: refuse },
  blobs: { deleteFolder: refuse },
  decode: stage,
  vision: stage,
  audio: stage,
  text: stage,
  searchIndex: { maxConcurrentWrites: 1, write: refuse },
  eventIndex: { writeEvents: refuse },
};

/** For `describe()` and `toMermaid()`. @default all stages */
export function outlineMediaTopology(stages?: readonly Stage[]): Topology {
  return buildMediaTopology({ services: SERVICES, ...(stages === undefined ? {} : { stages }) });
}

/** Sub-topologies and the topics between them, without their nodes. */
function overviewToMermaid({ subtopologies }: Pick<Topology, 'subtopologies'>): string {
  const topics = [...new Set(subtopologies.flatMap(({ sourceTopics, sinkTopics }) => [...sourceTopics, ...sinkTopics]))];
  const idOf = (topic: string): string => topic.replaceAll('.', '_');
  return [
    'flowchart LR',
    ...topics.map((topic) => `  ${idOf(topic)}{{"${topic}"}}`),
    ...subtopologies.map(({ name }) => `  ${name}["${name}"]`),
    ...subtopologies.flatMap(({ name, sourceTopics, sinkTopics }) => [
      ...sourceTopics.map((topic) => `  ${idOf(topic)} --> ${name}`),
      ...sinkTopics.map((topic) => `  ${name} --> ${idOf(topic)}`),
    ]),
    '',
  ].join('\n');
}

/** A page with its pictures, each between `<!-- picture: name -->` and `<!-- end of picture -->`, as the topology is now. */
export function withPictures(page: string): string {
  const topology = outlineMediaTopology();
  const pictures: Readonly<Record<string, string>> = { overview: overviewToMermaid(topology), nodes: topology.toMermaid() };
  return page.replace(/(<!-- picture: (\w+) -->\n)[\s\S]*?(<!-- end of picture -->)/g, (_whole, begin: string, name: string, end: string) =>
    `${begin}\`\`\`mermaid\n${pictures[name] ?? ''}\`\`\`\n${end}`);
}
