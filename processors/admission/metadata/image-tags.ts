/**
 * EXIF, IPTC and XMP. libvips finds the blocks in any format that it reads; exifr reads the blocks. It is given them
 * in a small JPEG made here, so that it meets three bounded segments and never a stranger's file. A block over 64 KB
 * does not fit a segment and is left out. Broken metadata is no reason to refuse a photograph: what cannot be read is
 * not there.
 */
import exifr from 'exifr';
import type { Metadata } from 'sharp';
import type { MetadataList, MetadataNamespace } from './entries.ts';

const MAX_SEGMENT_BYTES = 65_533;
/** exifr searches XMP with backtracking patterns: less of it, and only what closes its tags. */
const MAX_XMP_BYTES = 16_384;
const XMP_HEADER = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
const EXIF_HEADER = Buffer.from('Exif\0\0', 'latin1');
const PHOTOSHOP_HEADER = Buffer.from('Photoshop 3.0\0', 'latin1');
const BLOCKS: readonly (readonly [block: string, namespace: MetadataNamespace])[] = [['ifd0', 'exif'], ['exif', 'exif'], ['gps', 'exif'], ['iptc', 'iptc'], ['dc', 'xmp'], ['xmp', 'xmp'], ['photoshop', 'xmp']];
const BULKY = /^(?:MakerNote|UserComment|ComponentsConfiguration|ThumbnailOffset|ThumbnailLength|PrintImageMatching|ApplicationNotes)$/i;

export async function addImageTags(list: MetadataList, blocks: Pick<Metadata, 'exif' | 'iptc' | 'xmp'>): Promise<void> {
  const envelope = jpegWith([
    segment(0xe1, withHeader(EXIF_HEADER, blocks.exif)),
    segment(0xe1, blocks.xmp !== undefined && blocks.xmp.length <= MAX_XMP_BYTES ? Buffer.concat([XMP_HEADER, blocks.xmp]) : undefined),
    segment(0xed, withHeader(PHOTOSHOP_HEADER, blocks.iptc)),
  ]);
  if (envelope === undefined) return;
  let parsed: unknown;
  try {
    parsed = await exifr.parse(envelope, { tiff: true, ifd0: {}, exif: true, gps: true, iptc: true, xmp: true, icc: false, jfif: false, mergeOutput: false, sanitize: true });
  } catch {
    return;
  }
  if (typeof parsed !== 'object' || parsed === null) return;
  for (const [block, namespace] of BLOCKS) addBlock(list, namespace, (parsed as Record<string, unknown>)[block]);
}

function addBlock(list: MetadataList, namespace: MetadataNamespace, block: unknown): void {
  if (typeof block !== 'object' || block === null) return;
  for (const [key, value] of Object.entries(block)) {
    const text = textOf(value);
    if (text !== undefined && !BULKY.test(key)) list.add(namespace, key, text);
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(Math.round(value * 1e6) / 1e6) : undefined;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (Array.isArray(value)) return value.length > 50 ? undefined : value.map(textOf).filter((part) => part !== undefined).join(', ');
  // A text in several languages, as XMP writes it.
  return typeof value === 'object' && value !== null && 'value' in value ? textOf(value.value) : undefined;
}

const withHeader = (header: Buffer, block: Buffer | undefined): Buffer | undefined => {
  if (block === undefined) return undefined;
  return block.subarray(0, header.length).equals(header) ? block : Buffer.concat([header, block]);
};

function segment(marker: number, body: Buffer | undefined): Buffer | undefined {
  if (body === undefined || body.length > MAX_SEGMENT_BYTES) return undefined;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, body]);
}

function jpegWith(segments: readonly (Buffer | undefined)[]): Buffer | undefined {
  const present = segments.filter((part) => part !== undefined);
  if (present.length === 0) return undefined;
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...present, Buffer.from([0xff, 0xda, 0x00, 0x02, 0xff, 0xd9])]);
}
