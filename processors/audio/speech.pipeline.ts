/** Speech to text: one phrase in, its words out. The card's architecture says which network speaks behind it. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { PipelineContext, SpeechOutput, TaskPipelineFactory } from '../inference/index.ts';
import { openMoonshine } from './moonshine.ts';
import { SAMPLE_RATE_HZ, SPEECH_PARAMETERS } from './parameters.ts';
import { guardSpeech } from './speech-guards.ts';
import type { SpeechModel } from './speech-model.ts';
import { openWhisper } from './whisper.ts';

/** Room for a short phrase's punctuation. */
const SPARE_TOKENS = 6;

const ARCHITECTURES: Readonly<Record<string, { readonly open: (context: PipelineContext) => Promise<SpeechModel>; readonly language: string }>> = {
  moonshine: { open: openMoonshine, language: 'en' },
  whisper: { open: openWhisper, language: 'en' },
};

export const createPipeline: TaskPipelineFactory<'speech'> = async (context) => {
  const architecture = ARCHITECTURES[context.card.architecture];
  if (architecture === undefined) throw new MillraceError('MILL_MODEL_FAILED', `No speech pipeline serves architecture ${context.card.architecture}`);
  const { open, language } = architecture;
  const model = await open(context);
  return {
    async run(batch) {
      const outputs: SpeechOutput[] = [];
      for (const { pcm } of batch) {
        const maxTokens = Math.ceil((pcm.length / SAMPLE_RATE_HZ) * SPEECH_PARAMETERS.maxTokensPerSecond) + SPARE_TOKENS;
        const hypothesis = await model.transcribe(pcm, maxTokens);
        outputs.push({ text: guardSpeech(hypothesis), confidence: hypothesis.confidence, language });
      }
      return outputs;
    },
  };
};
