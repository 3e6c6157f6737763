/** Tags of a container and of its streams (ID3, Vorbis comments, MP4 atoms, Matroska tags), and its subtitles. */
import type { Probe, ProbedStream } from '../../decode/index.ts';
import type { MetadataList, MetadataNamespace } from './entries.ts';

const ID3_FORMATS = new Set(['mp3', 'aac', 'aiff']);
/** Written by the muxer; nobody searches for them. */
const TECHNICAL = /^(?:major_brand|minor_version|compatible_brands|handler_name|vendor_id|encoder|duration|number_of_(?:frames|bytes)|bps|_statistics.*|id3v2_priv\..*|timecode)(?:-\w{3})?$/i;

export function addStreamTags(list: MetadataList, probe: Probe): void {
  const namespace: MetadataNamespace = probe.format.split(',').some((name) => ID3_FORMATS.has(name)) ? 'id3' : 'container';
  addTags(list, namespace, probe.tags);
  for (const stream of probe.streams) if (stream.type !== 'subtitle') addTags(list, namespace, stream.tags);
  for (const stream of probe.streams) if (stream.type === 'subtitle') list.add('subtitle', `stream ${stream.index}`, describeSubtitle(stream));
}

function addTags(list: MetadataList, namespace: MetadataNamespace, tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!TECHNICAL.test(key) && !(key.toLowerCase() === 'language' && value === 'und')) list.add(namespace, key, value);
  }
}

const describeSubtitle = ({ codec, tags }: ProbedStream): string => [codec, tags['language'], tags['title']].filter((part) => part !== undefined).join(' ');
