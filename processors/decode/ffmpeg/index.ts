/** ffmpeg behind a small port of ours: argument lists, a guarded process, and the probe. */
export { createFfmpeg } from './ffmpeg.ts';
export type { Ffmpeg, FfmpegOptions, RunCommand } from './ffmpeg.ts';
export { seconds } from './command.ts';
export type { CommandSpec, InputSpec, OutputSpec } from './command.ts';
export { Gate } from './gate.ts';
export { IMAGE_FORMATS, STREAM_FORMATS, TARGA_INPUT } from './formats.ts';
export type { Probe, ProbedStream, ProbeOptions, StreamType } from './probe.ts';
export { outputUrl } from './process.ts';
export type { ProcessReport } from './process.ts';
export { byteCollector, jpegCollector, recordCollector, timestampCollector } from './sinks.ts';
export type { ByteSink } from './sinks.ts';
export { findTools } from './tools.ts';
export type { FfmpegTools } from './tools.ts';
