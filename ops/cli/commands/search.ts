/** `millrace search`: a sentence or a picture in, moments out. */
import type { Command } from 'commander';
import { compileFilter, readQueryImage, renderResponse, type FilterOptions } from '../../search/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { openSearcher } from '../searcher.ts';
import { wholeNumber } from '../whole-number.ts';

interface SearchOptions extends FilterOptions {
  readonly image?: string;
  readonly limit: string;
  readonly json?: boolean;
}

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export const register: Register = (program) => {
  program
    .command('search')
    .description('find the moment: by what is seen, said, written on the screen or in a document')
    .argument('[text...]', 'what to look for')
    .option('--image <file>', 'find frames that look like this picture')
    .option('--kind <kinds>', 'only video, audio, image or text (commas between several)', collect)
    .option('--modality <names>', 'only frame, speech, screen, document or subtitle', collect)
    .option('--asset <id>', 'only this asset', collect)
    .option('--tag <label>', 'only moments with this label (again for more: all of them)', collect)
    .option('--from <time>', 'only moments after this position, such as 1:30')
    .option('--to <time>', 'only moments before this position')
    .option('--library <name>', 'only this library')
    .option('--limit <count>', 'how many results', '5')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', `
Examples:
  millrace search "a cat looking at the camera"
  millrace search --kind video --from 0:30 --to 1:00 "fireworks"
  millrace search --image photo.jpg --json`)
    .action(async (words: string[], options: SearchOptions, command: Command) => {
      process.exitCode = await runSearch(contextOf(command), words.join(' '), options);
    });
};

async function runSearch({ terminal, paths, config }: CommandContext, text: string, options: SearchOptions): Promise<number> {
  const limit = wholeNumber('--limit', options.limit);
  const filter = compileFilter(options);
  const image = options.image === undefined ? {} : { image: await readQueryImage(options.image) };
  const searcher = await openSearcher(await config(), paths);
  try {
    const response = await searcher.search({ text, ...image, filter, limit });
    if (options.json === true) terminal.print(JSON.stringify(response, null, 2));
    else for (const line of renderResponse(response, { columns: terminal.columns, style: terminal.style, coloured: terminal.coloured })) terminal.print(line);
    return response.results.length === 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    await searcher.close();
  }
}
