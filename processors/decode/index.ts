/** Decoding: sources, ffmpeg behind our own port, and segments to frames, sound and text. */
export { createDecoder, failed } from './decoder.ts';
export type { Decode, DecoderOptions } from './decoder.ts';
export type { Decoded } from './units.ts';
export { compileMediaLimits } from './limits.ts';
export type { MediaLimits, MediaLimitsOptions } from './limits.ts';
export { byteCollector, createFfmpeg, findTools, IMAGE_FORMATS, STREAM_FORMATS } from './ffmpeg/index.ts';
export type { Ffmpeg, FfmpegOptions, FfmpegTools, Probe, ProbedStream } from './ffmpeg/index.ts';
export { bytesForLibvips, looksLikeTarga } from './image/image-frame.ts';
export { apngFrames, signatureOf } from './image/signatures.ts';
export { FILE_SOURCES, fileSourcesIn, hashSource, openSource, withSource } from './source/index.ts';
export type { HashedSource, HashOptions } from './source/index.ts';
export { decodeText } from './text/index.ts';
export type { DecodedText } from './text/index.ts';
