/** The text stage: the embedding of a passage, wherever its words come from. */
import type { MillraceError } from '../../connectors/ports/index.ts';
import type { Insight, TextUnit } from '../../schemas/index.ts';
import type { ModelHost } from '../inference/index.ts';
import { failedInsight, found, skipped } from '../insight.ts';
import { lineageOf } from '../lineage.ts';
import { TEXT_PARAMETERS } from './parameters.ts';

export interface ReaderOptions {
  readonly models: ModelHost;
}

export interface TextFindings {
  readonly insights: Insight[];
}

export interface Reader {
  read(unit: TextUnit, options: { readonly signal: AbortSignal }): Promise<TextFindings>;
  /** What stands in for the findings of a unit that could not be read. */
  failed(unit: TextUnit, error: MillraceError): TextFindings;
}

export function createReader({ models }: ReaderOptions): Reader {
  return {
    async read(unit, { signal }) {
      const model = models.describe('text');
      if (model === undefined) return { insights: [skipped(unit, unit, 'TEXT_EMBEDDING', models.missingReason('text'))] };
      const { output, computeMs } = await models.run('text', { text: unit.text }, { signal, priority: unit.priority });
      const { origin, text, charStart, frameBlobKey, tags } = unit;
      const lineage = lineageOf({ model: model.digest, parameters: TEXT_PARAMETERS, inputs: [unit.lineage] });
      const result = { type: 'TextEmbedding', vector: output.vector, origin, text, charStart, frameBlobKey, tags } as const;
      return { insights: [found(unit, unit, { task: 'TEXT_EMBEDDING', model, lineage, result, computeMs })] };
    },
    failed: (unit, error) => ({ insights: [failedInsight(unit, unit, 'TEXT_EMBEDDING', error)] }),
  };
}
