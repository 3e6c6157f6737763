/**
 * What models are asked for: one entry a task, with the input and output that every model of the task shares. A stage
 * names the task; which model serves it is the card's business.
 *
 * Inputs and outputs cross a process border by structured clone: plain objects and typed arrays only.
 */

/** Cut probabilities of consecutive frames. */
export interface ShotsInput {
  /** count x 27 x 48 x 3 bytes, RGB. */
  readonly frames: Uint8Array;
  readonly count: number;
}
export interface ShotsOutput {
  /** One a frame: the probability that a cut follows it. */
  readonly cutProbabilities: Float32Array;
}

export interface ImageInput {
  /** JPEG (any format that the decoder knows will do). */
  readonly jpeg: Uint8Array;
}
export interface LabelScore {
  readonly label: string;
  readonly confidence: number;
}
export interface ImageTextOutput {
  /** L2-normalised; in the same space as the vectors of task `text`. */
  readonly vector: Float32Array;
  /** Most confident first. */
  readonly tags: readonly LabelScore[];
}

export interface TextInput {
  readonly text: string;
}
export interface TextOutput {
  /** L2-normalised. */
  readonly vector: Float32Array;
}

export interface TextLine {
  readonly text: string;
  readonly confidence: number;
  /** Left, top, right, bottom in pixels of the input image. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
}
export interface OcrOutput {
  /** In reading order. */
  readonly lines: readonly TextLine[];
}

export interface PcmInput {
  /** 16 kHz mono, -1 to 1. */
  readonly pcm: Float32Array;
}
export interface VoiceSpan {
  /** Relative to the first sample. */
  readonly startMs: number;
  readonly endMs: number;
}
export interface VoiceOutput {
  readonly spans: readonly VoiceSpan[];
}
export interface SpeechOutput {
  readonly text: string;
  /** 0 to 1, or `null` where the model has none. */
  readonly confidence: number | null;
  /** ISO 639-1, or `null` where the model does not say. */
  readonly language: string | null;
}

/** Input and output of every task. */
export interface TaskTypes {
  shots: { input: ShotsInput; output: ShotsOutput };
  'image-text': { input: ImageInput; output: ImageTextOutput };
  text: { input: TextInput; output: TextOutput };
  ocr: { input: ImageInput; output: OcrOutput };
  voice: { input: PcmInput; output: VoiceOutput };
  /** At most 10 s an item. */
  speech: { input: PcmInput; output: SpeechOutput };
}

export type TaskName = keyof TaskTypes;
export type TaskInput<T extends TaskName> = TaskTypes[T]['input'];
export type TaskOutput<T extends TaskName> = TaskTypes[T]['output'];

export const TASK_NAMES = ['shots', 'image-text', 'text', 'ocr', 'voice', 'speech'] as const satisfies readonly TaskName[];
