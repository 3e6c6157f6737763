/** Where ffmpeg and its helpers are: looked up in PATH once for each value of PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';

export interface FfmpegTools {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** From util-linux; absent on systems without it, where the limits that they set are missing. */
  readonly prlimit: string | undefined;
  readonly setpriv: string | undefined;
}

let found: { readonly path: string; readonly tools: FfmpegTools } | undefined;

/** @throws MillraceError MILL_FFMPEG_MISSING */
export function findTools(path: string = process.env['PATH'] ?? ''): FfmpegTools {
  if (found?.path === path) return found.tools;
  const ffmpeg = executable('ffmpeg', path);
  const ffprobe = executable('ffprobe', path);
  if (ffmpeg === undefined || ffprobe === undefined) {
    throw new MillraceError('MILL_FFMPEG_MISSING', `${ffmpeg === undefined ? 'ffmpeg' : 'ffprobe'} is not in PATH`);
  }
  const tools = { ffmpeg, ffprobe, prlimit: executable('prlimit', path), setpriv: executable('setpriv', path) };
  found = { path, tools };
  return tools;
}

function executable(name: string, path: string): string | undefined {
  return path.split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, name)).find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}
