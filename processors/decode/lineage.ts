/**
 * Lineage of what decoding makes. A change of a figure here, or of the shot model, gives new ids to everything that
 * comes after. The version of ffmpeg is left out: another build may round a pixel differently and means the same.
 */
import type { ModelDescription } from '../inference/index.ts';
import { lineageOf } from '../lineage.ts';
import { CUT_THRESHOLD, SCENE_THRESHOLD } from './video/cuts.ts';
import { MAX_FRAME_SIDE } from './video/fit.ts';

const VERSION = 1;

export const DECODE_LINEAGE = lineageOf({ model: `millrace-decode@${VERSION}`, parameters: { maxFrameSide: MAX_FRAME_SIDE } });

/** Without a model, shots are told by the difference of frames. */
export function shotsLineage(model: ModelDescription | undefined): string {
  return model === undefined
    ? lineageOf({ model: 'millrace-scene@1', parameters: { threshold: SCENE_THRESHOLD }, inputs: [DECODE_LINEAGE] })
    : lineageOf({ model: model.digest, parameters: { threshold: CUT_THRESHOLD }, inputs: [DECODE_LINEAGE] });
}

/** Which frames are key frames depends on the shots. */
export const framesLineage = (shots: string): string => lineageOf({ model: `millrace-key-frames@${VERSION}`, inputs: [shots] });
