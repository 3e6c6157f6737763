/**
 * What assembly keeps of an insight until the document is built: its status, its cost, and the parts that the
 * document shows. Vectors, boxes and passages stay in media.insights: a two-hour film has tens of thousands of them.
 */
import type { Insight, InsightResult, InsightStatus, Phrase, Shot, Tag, Task } from '../../schemas/index.ts';

export interface UnitOutcome {
  readonly task: Task;
  readonly status: InsightStatus;
  readonly reason: string | null;
  /** name@version */
  readonly model: string | null;
  readonly computeMs: number;
  readonly shots?: readonly Shot[];
  readonly phrases?: readonly Phrase[];
  readonly tags?: readonly Tag[];
}

export function outcomeOf({ task, status, reason, model, computeMs, result }: Insight): UnitOutcome {
  const name = model === null ? null : `${model.name}@${model.version}`;
  return { task, status, reason, model: name, computeMs, ...(status === 'OK' ? shownOf(result) : {}) };
}

function shownOf(result: InsightResult | null): Pick<UnitOutcome, 'shots' | 'phrases' | 'tags'> {
  switch (result?.type) {
    case 'ShotList': return { shots: result.shots };
    case 'Transcript': return { phrases: result.phrases };
    case 'TagList': return { tags: result.tags };
    default: return {};
  }
}
