/** `millrace demo`: models, the samples through the topology, five searches, and what to type next. */
import type { Command } from 'commander';
import { openInstance } from '../../instance/index.ts';
import { projectFile } from '../../paths.ts';
import { readQueryImage, renderResponse, type SearchResult } from '../../search/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { prepare } from '../prepare.ts';
import { readSampleQueries, type SampleQuery } from '../sample-queries.ts';
import { openSearcher, type Searcher } from '../searcher.ts';
import { addPaths } from './add.ts';

export const register: Register = (program) => {
  program
    .command('demo')
    .description('set everything up, process the samples and answer five searches')
    .addHelpText('after', '\nExamples:\n  millrace demo\n  millrace --data /tmp/try demo        in a data directory of its own')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await demo(stoppableContextOf(command));
    });
};

async function demo(context: CommandContext): Promise<number> {
  const { terminal, paths } = context;
  const step = (title: string): void => { terminal.print(`\n${terminal.style('bold', title)}`); };

  step('1. Models');
  await prepare(context);
  terminal.print(`ready in ${paths.cache}`);

  step('2. Samples through the topology: admit, decode, vision, audio, text, assemble, index');
  const instance = await openInstance(await context.config(), paths, context);
  try {
    await addPaths(instance, context, [projectFile('samples', 'media')], { library: 'default' });
  } finally {
    await instance.close();
  }

  step('3. Searches');
  const searcher = await openSearcher(await context.config(), paths);
  let right = 0;
  const queries = await readSampleQueries();
  try {
    for (const query of queries) if (await answer(context, searcher, query)) right += 1;
  } finally {
    await searcher.close();
  }
  terminal.print(`\n${right} of ${queries.length} searches have the expected source on top.`);

  step('Next');
  terminal.print('  ./millrace add ~/Videos             your own media');
  terminal.print('  ./millrace search "your words"      --help shows the filters');
  terminal.print('  ./millrace status                   what is done, what failed and why');
  terminal.print('  ./millrace run                      keep it running; add, remove and search beside it');
  return right === queries.length ? EXIT.ok : EXIT.incomplete;
}

/** Prints one search and its best results; tells whether the expected source came first. */
async function answer({ terminal }: CommandContext, searcher: Searcher, { kind, query, image, expect }: SampleQuery): Promise<boolean> {
  const picture = image === undefined ? {} : { image: await readQueryImage(projectFile('samples', image)) };
  const response = await searcher.search({ text: query ?? '', ...picture, limit: 2 });
  const typed = image === undefined ? `search "${query ?? ''}"` : `search --image samples/${image}`;
  terminal.print(`\n${terminal.style('cyan', `./millrace ${typed}`)}   (${kind})`);
  for (const line of renderResponse(response, { columns: terminal.columns, style: terminal.style, coloured: terminal.coloured })) terminal.print(line);
  return isExpected(response.results[0], expect);
}

function isExpected(top: SearchResult | undefined, { fileName, startMs, endMs }: SampleQuery['expect']): boolean {
  if (top?.source.fileName !== fileName) return false;
  if (startMs === undefined || endMs === undefined) return true;
  return top.startMs !== null && top.startMs < endMs && (top.endMs ?? top.startMs) >= startMs;
}
