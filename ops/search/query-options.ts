/** What people write after `millrace search`, as a SearchFilter. */
import { open } from 'node:fs/promises';
import type { IndexedMediaKind, Modality, SearchFilter } from '../../connectors/ports/index.ts';
import { MillraceError } from '../../connectors/ports/index.ts';

export interface FilterOptions {
  readonly library?: string | undefined;
  /** video, audio, image, text; commas between several. */
  readonly kind?: string | readonly string[] | undefined;
  /** frame, speech, screen, document, subtitle. */
  readonly modality?: string | readonly string[] | undefined;
  readonly asset?: string | readonly string[] | undefined;
  /** All of them. */
  readonly tag?: string | readonly string[] | undefined;
  /** 90, 1:30 or 1:02:03.5 */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const KINDS: Readonly<Record<string, IndexedMediaKind>> = { video: 'VIDEO', audio: 'AUDIO', image: 'IMAGE', photo: 'IMAGE', text: 'TEXT', document: 'TEXT' };
const MODALITIES: Readonly<Record<string, Modality>> = { frame: 'frame', speech: 'speech', screen: 'screen', document: 'document', subtitle: 'subtitle' };
const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

const invalid = (message: string): MillraceError => new MillraceError('MILL_CONFIG_INVALID', message);

/** @throws MillraceError MILL_CONFIG_INVALID that names the option and what it takes */
export function compileFilter({ library, kind, modality, asset, tag, from, to }: FilterOptions): SearchFilter {
  const fromMs = from === undefined ? undefined : parseTime('--from', from);
  const toMs = to === undefined ? undefined : parseTime('--to', to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) throw invalid(`--from (${from ?? ''}) must be before --to (${to ?? ''})`);
  const kinds = chosen('--kind', kind, KINDS);
  const modalities = chosen('--modality', modality, MODALITIES);
  const assetIds = listed('--asset', asset, false);
  const tags = listed('--tag', tag, true);
  return {
    ...(library === undefined ? {} : { library }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(modalities === undefined ? {} : { modalities }),
    ...(assetIds === undefined ? {} : { assetIds }),
    ...(tags === undefined ? {} : { tags }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** Milliseconds of `[[h:]m:]s`, where the seconds may have a fraction. */
export function parseTime(option: string, value: string): number {
  const match = /^(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7}(?:[.,]\d{1,3})?)s?$/.exec(value.trim());
  const [hours, minutes, seconds] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3]?.replace(',', '.'))];
  const overflows = match?.[2] !== undefined && (seconds >= 60 || (match[1] !== undefined && minutes >= 60));
  if (match === null || overflows) throw invalid(`${option} takes a time such as 90, 1:30 or 1:02:03.5, not "${value}"`);
  return Math.round((hours * 3_600 + minutes * 60 + seconds) * 1_000);
}

function listed(option: string, value: string | readonly string[] | undefined, splitAtCommas: boolean): string[] | undefined {
  if (value === undefined) return undefined;
  const given = typeof value === 'string' ? [value] : value;
  const items = given.flatMap((item) => (splitAtCommas ? item.split(',') : [item])).map((item) => item.trim());
  if (items.length === 0) return undefined;
  if (items.includes('')) throw invalid(`${option} has an empty value`);
  return items;
}

function chosen<T>(option: string, value: string | readonly string[] | undefined, choices: Readonly<Record<string, T>>): T[] | undefined {
  return listed(option, value, true)?.map((item) => {
    const choice = Object.hasOwn(choices, item.toLowerCase()) ? choices[item.toLowerCase()] : undefined;
    if (choice === undefined) throw invalid(`${option} takes ${Object.keys(choices).join(', ')}, not "${item}"`);
    return choice;
  });
}

/** The bytes of `--image FILE`. */
export async function readQueryImage(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new MillraceError('MILL_SOURCE_NOT_FOUND', `the image ${file} cannot be read`, { cause: error });
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new MillraceError('MILL_SOURCE_NOT_FOUND', `the image ${file} is no file`);
    const { size } = stats;
    if (size === 0) throw new MillraceError('MILL_MEDIA_EMPTY', `the image ${file} has no bytes`);
    if (size > MAX_IMAGE_BYTES) throw new MillraceError('MILL_MEDIA_LIMIT', `the image ${file} has ${size} bytes, more than ${MAX_IMAGE_BYTES}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
