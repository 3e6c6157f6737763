/**
 * Whisper: log-mel spectrogram, encoder, and a decoder with a cache. It was trained on windows of 30 s and loops on
 * shorter ones, so every phrase is filled up with silence.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineContext, Tensor, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { SAMPLE_RATE_HZ } from './parameters.ts';
import { bestToken, decodeGreedily } from './speech-model.ts';
import type { Choice, SpeechModel } from './speech-model.ts';

const MEL_FILE = 'logmel.onnx';
const ENCODER_FILE = 'encoder.onnx';
const DECODER_FILE = 'decoder.onnx';
const CONFIG_FILE = 'whisper.json';
const WINDOW_SAMPLES = 30 * SAMPLE_RATE_HZ;

/** Sizes, special tokens and vocabulary, as the converter writes them. */
interface WhisperConfig {
  readonly layers: number;
  readonly heads: number;
  readonly head_dim: number;
  readonly vocab: number;
  readonly sot: number;
  readonly eot: number;
  readonly no_timestamps: number;
  readonly suppress: readonly number[];
  readonly suppress_begin: readonly number[];
  /** Text of each token, one character of GPT-2's byte alphabet a byte. */
  readonly vocab_bytes: readonly string[];
}

interface Sessions {
  readonly mel: TensorSession;
  readonly encoder: TensorSession;
  readonly decoder: TensorSession;
}

export async function openWhisper(context: PipelineContext): Promise<SpeechModel> {
  const config = JSON.parse(await readFile(join(context.directory, CONFIG_FILE), 'utf8')) as WhisperConfig;
  const sessions = { mel: await context.openSession(MEL_FILE), encoder: await context.openSession(ENCODER_FILE), decoder: await context.openSession(DECODER_FILE) };
  const bytes = byteAlphabet();
  return {
    async transcribe(pcm, maxTokens) {
      const { tokens, confidence } = await decodeGreedily(await startDecoder(sessions, config, pcm), config.eot, maxTokens);
      const encoded = tokens.flatMap((token) => Array.from(config.vocab_bytes[token] ?? '', (char) => bytes.get(char) ?? 0));
      return { text: Buffer.from(encoded).toString('utf8').trim(), confidence };
    },
  };
}

async function startDecoder({ mel, encoder, decoder }: Sessions, config: WhisperConfig, pcm: Float32Array): Promise<(previous: number | undefined) => Promise<Choice>> {
  const audio = new Float32Array(WINDOW_SAMPLES);
  audio.set(pcm.subarray(0, WINDOW_SAMPLES));
  const spectrum = floatOutput(await mel.run({ audio: { type: 'float32', dims: [1, WINDOW_SAMPLES], data: audio } }), 'mel');
  const encoded = await encoder.run({ mel: { type: 'float32', ...spectrum } }, ['cross_k', 'cross_v']);
  const cross = { cross_k: { type: 'float32', ...floatOutput(encoded, 'cross_k') }, cross_v: { type: 'float32', ...floatOutput(encoded, 'cross_v') } } as const;
  const suppressed = new Set(config.suppress);
  const suppressedFirst = new Set([...config.suppress, ...config.suppress_begin]);
  const empty: Tensor = { type: 'float32', dims: [config.layers, 1, config.heads, 0, config.head_dim], data: new Float32Array() };
  let [pastK, pastV]: Tensor[] = [empty, empty];
  return async (previous) => {
    const tokens = previous === undefined ? [config.sot, config.no_timestamps] : [previous];
    const feeds = { ...cross, past_k: pastK ?? empty, past_v: pastV ?? empty, tokens: { type: 'int64', dims: [1, tokens.length], data: BigInt64Array.from(tokens.map(BigInt)) } } as const;
    const outputs = await decoder.run(feeds);
    pastK = { type: 'float32', ...floatOutput(outputs, 'present_k') };
    pastV = { type: 'float32', ...floatOutput(outputs, 'present_v') };
    const ban = previous === undefined ? suppressedFirst : suppressed;
    return bestToken(floatOutput(outputs, 'logits').data.subarray(-config.vocab), (token) => token <= config.eot && !ban.has(token));
  };
}

/** GPT-2 writes each byte as a visible character: Latin-1 where that is visible, and the rest from U+0100 on. */
function byteAlphabet(): Map<string, number> {
  const visible = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const alphabet = new Map<string, number>();
  let moved = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    alphabet.set(String.fromCodePoint(visible(byte) ? byte : 256 + moved), byte);
    if (!visible(byte)) moved += 1;
  }
  return alphabet;
}
