/**
 * Files that stand for other files: playlists, manifests, link files, SVG. ffmpeg would open what they name, so they
 * are told by content, whatever their name says, and refused before any demuxer sees them.
 */

const TEXT_SIGNS: readonly (readonly [name: string, sign: RegExp])[] = [
  ['M3U or HLS playlist', /^#EXTM3U/i],
  ['HLS playlist', /^#EXT-X-/m],
  ['ffconcat script', /^ffconcat\s+version/i],
  ['PLS playlist', /^\[playlist\]/i],
  ['reference file', /^\[reference\]/i],
  ['link', /^\[internetshortcut\]/i],
  ['RTSP link', /^RTSPtext/i],
  ['SDP session', /^v=0\r?\n(?:[a-z]=.*\r?\n)*?[om]=/],
  ['Smooth Streaming manifest', /<SmoothStreamingMedia[\s>]/i],
  ['DASH manifest', /<MPD[\s>]/],
  ['XSPF playlist', /<playlist\b[^>]*xspf/i],
  ['ASX playlist', /^<asx[\s>]/i],
  ['WPL playlist', /^<\?wpl/i],
  ['SMIL document', /^(?:<\?xml[^>]*>\s*)?(?:<!doctype smil[^>]*>\s*)?<smil[\s>]/i],
  ['QuickTime link', /<\?quicktime\s+type=/i],
  ['SVG drawing', /^(?:<\?xml[^>]*>\s*|<!--[\s\S]{0,2000}?-->\s*|<!doctype svg[^>]*(?:\[[\s\S]{0,2000}?\])?>\s*)*<svg[\s>]/i],
];

const NAMES = /\.(?:m3u8?|pls|xspf|asx|wax|wvx|wpl|smil?|sdp|mpd|ism[cl]?|ffconcat|concat|svgz?|url|strm)$/i;
const HEAD_CHARS = 16_384;

/** What kind of reference the text is, or `undefined`. A byte order mark and white space before it change nothing. */
export function referenceIn(text: string, fileName: string): string | undefined {
  const head = text.slice(0, HEAD_CHARS).replace(/^[\ufeff\s]+/, '');
  const sign = TEXT_SIGNS.find(([, pattern]) => pattern.test(head))?.[0];
  if (sign !== undefined) return sign;
  const extension = NAMES.exec(fileName)?.[0];
  return extension === undefined ? undefined : `${extension.slice(1).toLowerCase()} file`;
}
