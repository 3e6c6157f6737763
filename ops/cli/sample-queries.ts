/** The searches of the demo: samples/queries.json, each with the source that must come first. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { projectFile } from '../paths.ts';

const schema = z.array(z.object({
  /** What the search shows, in words. */
  kind: z.string(),
  query: z.string().optional(),
  /** Relative to samples/. */
  image: z.string().optional(),
  expect: z.object({ fileName: z.string(), startMs: z.number().optional(), endMs: z.number().optional() }),
}));

export type SampleQuery = z.output<typeof schema>[number];

export async function readSampleQueries(): Promise<SampleQuery[]> {
  return schema.parse(JSON.parse(await readFile(projectFile('samples', 'queries.json'), 'utf8')));
}
