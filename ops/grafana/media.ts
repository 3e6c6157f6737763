/** The media topology: what comes in, what each stage does with it and how long, and what of it becomes searchable. */
import { dashboard } from './dashboard.ts';
import { graph, heading, number, type Panel, type Unit } from './panels.ts';

const APPLICATION = 'application_id=~"$application_id"';
const RATE = '[$__rate_interval]';

/** Nodes of topology/media that tell how far a record has come. */
export const MEDIA_NODES = {
  submitted: 'admit-source',
  hash: 'admit-hash',
  probe: 'content-probe',
  segment: 'decode-segment',
  see: 'vision-see',
  hear: 'audio-hear',
  read: 'text-read',
  documents: 'assemble-documents',
  write: 'index-write',
} as const;
type Node = keyof typeof MEDIA_NODES;

const of = (node: Node): string => `{${APPLICATION}, node="${MEDIA_NODES[node]}"}`;
const perSecond = (node: Node): string => `sum(rate(millrace_streams_node_process_records_total${of(node)}${RATE}))`;
const lastDay = (node: Node): string => `sum(increase(millrace_streams_node_process_records_total${of(node)}[24h]))`;
const latency = (q: number, node: Node): string => `histogram_quantile(${q}, sum by (le) (rate(millrace_streams_node_call_latency_bucket${of(node)}${RATE})))`;
const behind = (...subtopologies: string[]): string => `sum by (subtopology) (max by (subtopology, topic, partition) (millrace_streams_task_lag{${APPLICATION}, subtopology=~"${subtopologies.join('|')}"}))`;
const failing = (metric: string, node: Node): string => `sum(increase(${metric}${of(node)}${RATE}))`;

/** What a stage that calls a model or a program tells: how much, how long, and what waits. */
const stage = (title: string, what: string, subtopology: string, node: Node, unit: Unit = 's'): Panel[] => [
  heading(title),
  graph({ title: `${title}: ${what} a second`, description: 'That came to the stage, and those that run now.', queries: [{ expr: perSecond(node), legend: 'a second' }, { expr: `sum(millrace_streams_node_in_flight${of(node)})`, legend: 'in flight' }] }),
  graph({ title: `${title}: time of one`, description: 'Retries and waits included.', unit, queries: [0.5, 0.95].map((q) => ({ expr: latency(q, node), legend: `p${q * 100}` })) }),
  graph({
    title: `${title}: waiting and failing`, description: 'Records behind; retries and dead letters since the last point.',
    queries: [
      { expr: behind(subtopology), legend: '{{subtopology}} behind' },
      { expr: failing('millrace_streams_node_retries_total', node), legend: 'retries' },
      { expr: failing('millrace_streams_node_dead_letters_total', node), legend: 'dead letters' },
      { expr: `max(millrace_streams_node_outage${of(node)})`, legend: 'outage' },
    ],
  }),
];

export const mediaDashboard = (): Readonly<Record<string, unknown>> => dashboard({
  uid: 'millrace-media',
  title: 'Millrace: media',
  description: 'From a submitted asset to what can be searched. What was made of single assets is in Kibana.',
  panels: [
    number({ title: 'Events of 24 h', description: 'Submissions and removals.', queries: [{ expr: lastDay('submitted'), legend: 'events' }] }),
    number({ title: 'Segments of 24 h', description: 'Decoded.', queries: [{ expr: lastDay('segment'), legend: 'segments' }] }),
    number({ title: 'Key frames of 24 h', description: 'Seen by the models of vision.', queries: [{ expr: lastDay('see'), legend: 'frames' }] }),
    number({ title: 'Audio chunks of 24 h', description: 'Heard by the models of speech.', queries: [{ expr: lastDay('hear'), legend: 'chunks' }] }),
    number({ title: 'Documents of 24 h', description: 'Assembled, repeats of an asset included.', queries: [{ expr: lastDay('documents'), legend: 'documents' }] }),
    number({ title: 'Dead letters of 24 h', description: '`millrace dlq list` shows them.', redFrom: 1, queries: [{ expr: `sum(increase(millrace_streams_node_dead_letters_total{${APPLICATION}}[24h]))`, legend: 'dead letters' }] }),

    heading('The whole way'),
    graph({ title: 'Behind, by stage', description: 'The stage whose line grows is the one to scale.', width: 12, stacked: true, queries: [{ expr: behind('admit', 'content', 'decode', 'vision', 'audio', 'text', 'assemble', 'index'), legend: '{{subtopology}}' }] }),
    graph({
      title: 'Records a second, by stage', description: 'An asset becomes segments, a segment frames, chunks and passages.', width: 12, unit: 'cps',
      queries: (Object.keys(MEDIA_NODES) as Node[]).map((node) => ({ expr: perSecond(node), legend: MEDIA_NODES[node] })),
    }),

    ...stage('Admission: hash', 'sources', 'admit', 'hash'),
    ...stage('Admission: probe', 'contents', 'content', 'probe'),
    ...stage('Decode', 'segments', 'decode', 'segment'),
    ...stage('Vision', 'key frames', 'vision', 'see'),
    ...stage('Audio', 'chunks', 'audio', 'hear'),
    ...stage('Text', 'passages', 'text', 'read'),
    ...stage('Index', 'operations', 'index', 'write'),
  ],
});
