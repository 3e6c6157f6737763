/**
 * BERT's uncased WordPiece, equal to Hugging Face's BertNormalizer, BertPreTokenizer and WordPiece: a fixture made by
 * their library holds the two together. One difference is meant: words such as `[SEP]` in a text are words, and never
 * become the tokens that steer the model.
 */
import { MillraceError } from '../../connectors/ports/index.ts';

/** Longer words are unknown as a whole, as in the original. */
const MAX_WORD_CODE_POINTS = 100;
/** What is read of a text: far more than any token limit, so that a hostile text costs little. */
const MAX_UNITS = 32_768;

const IGNORED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu;
const MARKS = /\p{Mn}/gu;
/** The blocks that BERT calls Chinese; the gap before U+2B920 is the original's. */
const IDEOGRAPHS = /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
/** One punctuation mark, or a run of anything but punctuation and spaces. ASCII symbols count as punctuation. */
const WORDS = /[\p{P}$+<=>^`|~]|[^\p{P}$+<=>^`|~ ]+/gu;

export interface WordPieceTokenizer {
  /** Ids of `[CLS] words [SEP]`, at most `maxTokens` of them. */
  encode(text: string): number[];
  readonly padId: number;
}

/** @param tokenizerJson content of a Hugging Face `tokenizer.json` */
export function createWordPiece(tokenizerJson: string, maxTokens: number): WordPieceTokenizer {
  const vocabulary = readVocabulary(tokenizerJson);
  const special = (token: string): number => {
    const id = vocabulary.get(token);
    if (id === undefined) throw new MillraceError('MILL_MODEL_FAILED', `The vocabulary has no ${token}`);
    return id;
  };
  const [clsId, sepId, unknownId, padId] = [special('[CLS]'), special('[SEP]'), special('[UNK]'), special('[PAD]')];
  return {
    padId,
    encode(text) {
      const ids = [clsId];
      for (const [word] of normalize(text).matchAll(WORDS)) {
        ids.push(...(pieces(word, vocabulary) ?? [unknownId]));
        if (ids.length >= maxTokens) break;
      }
      return [...ids.slice(0, maxTokens - 1), sepId];
    },
  };
}

function readVocabulary(tokenizerJson: string): ReadonlyMap<string, number> {
  const { model } = JSON.parse(tokenizerJson) as { model: { vocab: Record<string, number> } };
  return new Map(Object.entries(model.vocab));
}

function normalize(text: string): string {
  const cleaned = text.slice(0, MAX_UNITS).replace(/[\t\n\r]/g, ' ').replace(IGNORED, '').replace(/\p{White_Space}/gu, ' ').replace(IDEOGRAPHS, ' $& ');
  // One code point at a time: a whole string would turn a last capital sigma into its final form.
  return Array.from(cleaned.normalize('NFD').replace(MARKS, ''), (char) => char.toLowerCase()).join('');
}

/** Greedy, longest first; `undefined` when a part of the word is in no piece. */
function pieces(word: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const points = Array.from(word);
  if (points.length > MAX_WORD_CODE_POINTS) return undefined;
  const ids: number[] = [];
  let start = 0;
  while (start < points.length) {
    let end = points.length;
    let id: number | undefined;
    while (end > start) {
      id = vocabulary.get((start > 0 ? '##' : '') + points.slice(start, end).join(''));
      if (id !== undefined) break;
      end -= 1;
    }
    if (id === undefined) return undefined;
    ids.push(id);
    start = end;
  }
  return ids;
}
