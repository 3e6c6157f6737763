/**
 * Moonshine: an encoder that takes samples as they are, of any length, and a decoder with a cache. A phrase costs in
 * proportion to its length, where Whisper always pays for 30 s.
 *
 * The decoder's first step fills the cache of the encoder's keys and values, which stays; each step adds to its own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { PipelineContext, Tensor, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { bestToken, decodeGreedily } from './speech-model.ts';
import type { Choice, SpeechModel } from './speech-model.ts';

const ENCODER_FILE = 'encoder_model.ort';
const DECODER_FILE = 'decoder_model_merged.ort';
const TOKENIZER_FILE = 'tokenizer.bin';
const START_TOKEN = 1;
const END_TOKEN = 2;
const HEADS = 8;
const HEAD_WIDTH = 36;
/** Below this the encoder's convolutions have nothing to work on. */
const MIN_SAMPLES = 1_600;

type Tensors = Record<string, Tensor>;

export async function openMoonshine(context: PipelineContext): Promise<SpeechModel> {
  const vocabulary = readVocabulary(await readFile(join(context.directory, TOKENIZER_FILE)));
  const encoder = await context.openSession(ENCODER_FILE);
  const decoder = await context.openSession(DECODER_FILE);
  return {
    async transcribe(pcm, maxTokens) {
      const samples = pcm.length >= MIN_SAMPLES ? pcm : Float32Array.from({ length: MIN_SAMPLES }, (_, index) => pcm[index] ?? 0);
      const next = await startDecoder(encoder, decoder, samples);
      const { tokens, confidence } = await decodeGreedily(next, END_TOKEN, maxTokens);
      const bytes = Buffer.concat(tokens.map((token) => vocabulary[token] ?? Buffer.alloc(0)));
      return { text: bytes.toString('utf8').replaceAll('\u2581', ' ').trim(), confidence };
    },
  };
}

async function startDecoder(encoder: TensorSession, decoder: TensorSession, samples: Float32Array): Promise<(previous: number | undefined) => Promise<Choice>> {
  // The decoder too wants the mask of the samples, not of the encoder's frames.
  const mask: Tensor = { type: 'int64', dims: [1, samples.length], data: new BigInt64Array(samples.length).fill(1n) };
  const encoded = await encoder.run({ input_values: { type: 'float32', dims: [1, samples.length], data: samples }, attention_mask: mask });
  const fixed = { encoder_attention_mask: mask, encoder_hidden_states: { type: 'float32', ...floatOutput(encoded, 'last_hidden_state') } } as const;
  let cache = emptyCache(decoder);
  return async (previous) => {
    const outputs = await decoder.run({
      ...fixed,
      ...cache,
      input_ids: { type: 'int64', dims: [1, 1], data: BigInt64Array.of(BigInt(previous ?? START_TOKEN)) },
      use_cache_branch: { type: 'bool', dims: [1], data: Uint8Array.of(previous === undefined ? 0 : 1) },
    });
    cache = nextCache(cache, outputs, previous === undefined);
    return bestToken(floatOutput(outputs, 'logits').data);
  };
}

function emptyCache(decoder: TensorSession): Tensors {
  const empty: Tensor = { type: 'float32', dims: [1, HEADS, 0, HEAD_WIDTH], data: new Float32Array() };
  return Object.fromEntries(decoder.inputNames.filter((name) => name.startsWith('past_key_values.')).map((name) => [name, empty]));
}

function nextCache(cache: Tensors, outputs: Tensors, first: boolean): Tensors {
  return Object.fromEntries(Object.entries(cache).map(([name, past]) => {
    if (!first && name.includes('.encoder.')) return [name, past];
    const present = floatOutput(outputs, name.replace('past_key_values', 'present'));
    return [name, { type: 'float32', ...present }];
  }));
}

/** A length byte and the bytes of each token, in the order of the ids. */
function readVocabulary(file: Buffer): Buffer[] {
  const tokens: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = file[at] ?? 0;
    if (at + 1 + length > file.length) throw new MillraceError('MILL_MODEL_FAILED', `${TOKENIZER_FILE} ends inside a token`);
    tokens.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return tokens;
}
