/** Magic bytes: what a file is by its content. Nothing here trusts a name. */

export interface Signature {
  /** `other`: known, and not media. */
  readonly type: 'image' | 'stream' | 'other';
  readonly format: string;
}

interface Rule extends Signature {
  readonly bytes: readonly number[] | string;
}

const IMAGE: readonly Rule[] = [
  { type: 'image', format: 'jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image', format: 'png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image', format: 'gif', bytes: 'GIF87a' },
  { type: 'image', format: 'gif', bytes: 'GIF89a' },
  { type: 'image', format: 'tiff', bytes: [0x49, 0x49, 0x2a, 0x00] },
  { type: 'image', format: 'tiff', bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { type: 'image', format: 'psd', bytes: '8BPS' },
  { type: 'image', format: 'qoi', bytes: 'qoif' },
  { type: 'image', format: 'dds', bytes: 'DDS ' },
  { type: 'image', format: 'j2k', bytes: [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20] },
  { type: 'image', format: 'j2k', bytes: [0xff, 0x4f, 0xff, 0x51] },
  { type: 'image', format: 'ico', bytes: [0x00, 0x00, 0x01, 0x00] },
  { type: 'image', format: 'exr', bytes: [0x76, 0x2f, 0x31, 0x01] },
  { type: 'image', format: 'dpx', bytes: 'SDPX' },
  { type: 'image', format: 'dpx', bytes: 'XPDS' },
  { type: 'image', format: 'sgi', bytes: [0x01, 0xda] },
  { type: 'image', format: 'pcx', bytes: [0x0a, 0x05, 0x01] },
  ...['P4', 'P5', 'P6', 'P7'].map((magic): Rule => ({ type: 'image', format: 'netpbm', bytes: `${magic}\n` })),
  { type: 'image', format: 'sunrast', bytes: [0x59, 0xa6, 0x6a, 0x95] },
];

const STREAM: readonly Rule[] = [
  { type: 'stream', format: 'matroska', bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { type: 'stream', format: 'ogg', bytes: 'OggS' },
  { type: 'stream', format: 'flac', bytes: 'fLaC' },
  { type: 'stream', format: 'flv', bytes: 'FLV\u0001' },
  { type: 'stream', format: 'asf', bytes: [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11] },
  { type: 'stream', format: 'mpeg', bytes: [0x00, 0x00, 0x01, 0xba] },
  { type: 'stream', format: 'mpegvideo', bytes: [0x00, 0x00, 0x01, 0xb3] },
  { type: 'stream', format: 'mp3', bytes: 'ID3' },
  { type: 'stream', format: 'rm', bytes: '.RMF' },
  { type: 'stream', format: 'mxf', bytes: [0x06, 0x0e, 0x2b, 0x34, 0x02, 0x05, 0x01, 0x01] },
  { type: 'stream', format: 'caf', bytes: 'caff' },
  { type: 'stream', format: 'au', bytes: '.snd' },
  { type: 'stream', format: 'amr', bytes: '#!AMR' },
  { type: 'stream', format: 'wv', bytes: 'wvpk' },
  { type: 'stream', format: 'ape', bytes: 'MAC ' },
  { type: 'stream', format: 'tta', bytes: 'TTA1' },
  { type: 'stream', format: 'ivf', bytes: 'DKIF' },
  { type: 'stream', format: 'dsf', bytes: 'DSD ' },
  { type: 'stream', format: 'ac3', bytes: [0x0b, 0x77] },
];

const OTHER: readonly Rule[] = [
  { type: 'other', format: 'PDF document', bytes: '%PDF-' },
  { type: 'other', format: 'ZIP archive or office document', bytes: 'PK\u0003\u0004' },
  { type: 'other', format: 'gzip archive', bytes: [0x1f, 0x8b] },
  { type: 'other', format: '7-Zip archive', bytes: [0x37, 0x7a, 0xbc, 0xaf] },
  { type: 'other', format: 'RAR archive', bytes: 'Rar!' },
  { type: 'other', format: 'program', bytes: [0x7f, 0x45, 0x4c, 0x46] },
  { type: 'other', format: 'old office document', bytes: [0xd0, 0xcf, 0x11, 0xe0] },
  { type: 'other', format: 'SQLite database', bytes: 'SQLite format 3' },
];

const RULES = [...IMAGE, ...STREAM, ...OTHER];
const STILL_BRANDS = new Set(['avif', 'heic', 'heix', 'heim', 'heis', 'mif1']);
/** First atoms of ISO base media files and of QuickTime's. */
const ATOMS = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'styp']);

export function signatureOf(head: Buffer): Signature | undefined {
  return riff(head) ?? isoMedia(head) ?? bitmap(head) ?? transportStream(head) ?? RULES.find((rule) => matches(head, rule));
}

function matches(head: Buffer, { bytes }: Rule): boolean {
  const sign = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
  return head.subarray(0, sign.length).equals(sign);
}

function riff(head: Buffer): Signature | undefined {
  const outer = head.toString('latin1', 0, 4);
  const inner = head.toString('latin1', 8, 12);
  if (outer === 'FORM') return inner.startsWith('AIF') ? { type: 'stream', format: 'aiff' } : undefined;
  if (outer !== 'RIFF' && outer !== 'RF64') return undefined;
  if (inner === 'WEBP') return { type: 'image', format: 'webp' };
  if (inner === 'WAVE') return { type: 'stream', format: 'wav' };
  return inner === 'AVI ' ? { type: 'stream', format: 'avi' } : undefined;
}

function isoMedia(head: Buffer): Signature | undefined {
  const atom = head.toString('latin1', 4, 8);
  if (!ATOMS.has(atom)) return undefined;
  const brand = head.toString('latin1', 8, 12);
  return atom === 'ftyp' && STILL_BRANDS.has(brand) ? { type: 'image', format: brand === 'avif' ? 'avif' : 'heif' } : { type: 'stream', format: 'mov' };
}

/** Two letters are little: the header's own size has to be one that exists. */
function bitmap(head: Buffer): Signature | undefined {
  return head.length >= 18 && head.toString('latin1', 0, 2) === 'BM' && [12, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14)) ? { type: 'image', format: 'bmp' } : undefined;
}

function transportStream(head: Buffer): Signature | undefined {
  const synced = (size: number, offset: number): boolean => head.length > offset + 4 * size && [0, 1, 2, 3].every((packet) => head[offset + packet * size] === 0x47);
  return synced(188, 0) || synced(192, 4) ? { type: 'stream', format: 'mpegts' } : undefined;
}

/**
 * What libvips may open. It has loaders for SVG, PDF and more, and looks for them by signs of its own: in a file from
 * a stranger each is one more parser to attack, so it gets only what begins as one of these.
 */
export const LIBVIPS_FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif', 'heif']);

/** An animated PNG says how many frames it has before its picture begins. */
export function apngFrames(head: Buffer): number {
  const control = head.indexOf('acTL', 8, 'latin1');
  const picture = head.indexOf('IDAT', 8, 'latin1');
  return control < 0 || (picture >= 0 && picture < control) || control + 8 > head.length ? 1 : head.readUInt32BE(control + 4);
}
