/** An Elasticsearch for the bench. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startElasticsearch } from '../../ops/stack/index.ts';

const HEAP_MB = 1_024;

export async function withServer(use: (url: string) => Promise<void>): Promise<void> {
  const given = process.env['MILLRACE_TEST_ELASTICSEARCH'];
  if (given !== undefined) {
    await use(given);
    return;
  }
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  try {
    const server = await startElasticsearch({ directory, heapMb: HEAP_MB, log: (line) => { process.stderr.write(`${line}\n`); } });
    try {
      await use(server.url);
    } finally {
      await server.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
