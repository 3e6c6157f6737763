/**
 * The audio stage: where somebody speaks in a chunk, and what is said, in phrases of at most 10 s on the source's
 * timeline. Each phrase becomes a text unit of its own, so that a search for spoken words leads to their moment.
 */
import type { BlobStore, MillraceError } from '../../connectors/ports/index.ts';
import type { AudioChunk, Insight, Phrase, TextUnit } from '../../schemas/index.ts';
import type { ModelDescription, ModelHost, VoiceSpan } from '../inference/index.ts';
import { failedInsight, found, skipped } from '../insight.ts';
import { lineageOf } from '../lineage.ts';
import { PHRASE_PARAMETERS, SPEECH_PARAMETERS, VOICE_PARAMETERS } from './parameters.ts';
import { cutSamples, samplesOf } from './pcm.ts';
import { phrasesOf, quietestMomentOf } from './phrases.ts';
import { speechUnit } from './speech-unit.ts';

export interface HearerOptions {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
}

export interface AudioFindings {
  readonly textUnits: TextUnit[];
  readonly insights: Insight[];
}

export interface Hearer {
  hear(chunk: AudioChunk, options: { readonly signal: AbortSignal }): Promise<AudioFindings>;
  /** What stands in for the findings of a chunk that could not be heard. */
  failed(chunk: AudioChunk, error: MillraceError): AudioFindings;
}

export function createHearer({ blobs, models }: HearerOptions): Hearer {
  return {
    async hear(chunk, { signal }) {
      const voiceModel = models.describe('voice');
      if (voiceModel === undefined) {
        const reason = models.missingReason('voice');
        return { textUnits: [], insights: [skipped(chunk, chunk, 'VOICE_ACTIVITY', reason), skipped(chunk, chunk, 'SPEECH', `speech is not looked for without voice activity: ${reason}`)] };
      }
      const pcm = samplesOf(await blobs.get(chunk.blobKey));
      const { output, computeMs } = await models.run('voice', { pcm }, { signal, priority: chunk.priority });
      const lineage = lineageOf({ model: voiceModel.digest, parameters: VOICE_PARAMETERS, inputs: [chunk.lineage] });
      const spans = output.spans.map((span) => onTimeline(chunk, span));
      const voice = found(chunk, chunk, { task: 'VOICE_ACTIVITY', model: voiceModel, lineage, result: { type: 'VoiceActivity', spans }, computeMs });
      const speechModel = models.describe('speech');
      if (speechModel === undefined) return { textUnits: [], insights: [voice, skipped(chunk, chunk, 'SPEECH', models.missingReason('speech'))] };
      const speech = await transcribe({ chunk, pcm, spans: output.spans, voiceLineage: lineage, models, model: speechModel, signal });
      return { textUnits: speech.textUnits, insights: [voice, speech.insight] };
    },
    failed: (chunk, error) => ({ textUnits: [], insights: [failedInsight(chunk, chunk, 'VOICE_ACTIVITY', error), failedInsight(chunk, chunk, 'SPEECH', error)] }),
  };
}

interface Transcription {
  readonly chunk: AudioChunk;
  readonly pcm: Float32Array;
  readonly spans: readonly VoiceSpan[];
  readonly voiceLineage: string;
  readonly models: ModelHost;
  readonly model: ModelDescription;
  readonly signal: AbortSignal;
}

async function transcribe({ chunk, pcm, spans, voiceLineage, models, model, signal }: Transcription): Promise<{ textUnits: TextUnit[]; insight: Insight }> {
  const planned = phrasesOf(spans, quietestMomentOf(pcm));
  const heard = await Promise.all(planned.map(async (span, index) => {
    const sound = cutSamples(pcm, withContext(span, planned[index - 1], planned[index + 1]));
    return models.run('speech', { pcm: sound }, { signal, priority: chunk.priority });
  }));
  const lineage = lineageOf({ model: model.digest, parameters: { ...PHRASE_PARAMETERS, ...SPEECH_PARAMETERS }, inputs: [voiceLineage] });
  const phrases: Phrase[] = heard.flatMap(({ output: { text, confidence } }, index) => {
    const span = planned[index];
    return span === undefined || text === '' ? [] : [{ ...onTimeline(chunk, span), text, confidence }];
  });
  const textUnits = phrases.map((phrase) => speechUnit(chunk, phrase, lineage));
  const language = heard.find(({ output: { text } }) => text !== '')?.output.language ?? null;
  const insight = found(chunk, chunk, {
    task: 'SPEECH',
    model,
    lineage,
    result: { type: 'Transcript', language, phrases },
    confidence: meanConfidence(phrases),
    computeMs: heard.reduce((sum, { computeMs }) => sum + computeMs, 0),
    spawned: textUnits.map(({ unitId }) => ({ unitId, tasks: ['TEXT_EMBEDDING'] })),
  });
  return { textUnits, insight };
}

const onTimeline = (chunk: AudioChunk, { startMs, endMs }: VoiceSpan): VoiceSpan => ({ startMs: chunk.startMs + startMs, endMs: Math.min(chunk.startMs + endMs, chunk.endMs) });

/** Soft sounds at the edges are heard too, but nothing twice, and never more than the longest phrase. */
function withContext({ startMs, endMs }: VoiceSpan, previous: VoiceSpan | undefined, next: VoiceSpan | undefined): VoiceSpan {
  const { contextMs, maxPhraseMs } = PHRASE_PARAMETERS;
  const spare = Math.max(0, maxPhraseMs - (endMs - startMs)) / 2;
  const before = Math.min(contextMs, spare, previous === undefined ? Infinity : (startMs - previous.endMs) / 2);
  const after = Math.min(contextMs, spare, next === undefined ? Infinity : (next.startMs - endMs) / 2);
  return { startMs: startMs - before, endMs: endMs + after };
}

/** Weighted by duration. */
function meanConfidence(phrases: readonly Phrase[]): number | null {
  const known = phrases.filter(({ confidence }) => confidence !== null);
  const total = known.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return total === 0 ? null : known.reduce((sum, { startMs, endMs, confidence }) => sum + (endMs - startMs) * (confidence ?? 0), 0) / total;
}
