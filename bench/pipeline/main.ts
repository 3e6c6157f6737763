/**
 * The cluster profile as it is run, on real servers, against the bare cost of its stages on the same cores. Method and
 * figures: README.md.
 *
 *   node --import tsx bench/pipeline/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_MEDIA=1,1 takes so many films and recordings instead of all (6,4), for a quick look.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fetchModels } from '../../ops/models/index.ts';
import { resolvePaths } from '../../ops/paths.ts';
import { printResult, roundsFromArgs } from '../harness.ts';
import { Accounts } from './accounts.ts';
import type { Balance } from './accounts.ts';
import { BareBulk } from './bare-bulk.ts';
import { runCommands } from './bare-commands.ts';
import { BareModels } from './bare-models.ts';
import { composeMedia, composeWarmUp, disguise, WHOLE } from './media.ts';
import { startProgram } from './program.ts';
import { record } from './recording.ts';
import { Report } from './report.ts';
import type { BareCost } from './report.ts';
import { withServers } from './servers.ts';

const rounds = roundsFromArgs(3);
const [films = WHOLE.films, sounds = WHOLE.sounds] = (process.env['MILLRACE_BENCH_MEDIA'] ?? '').split(',').filter((part) => part !== '').map(Number);
const note = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const { cache } = resolvePaths();
await fetchModels({ cacheDirectory: cache, log: note });
const modelsDirectory = path.join(cache, 'models');

await withServers(note, async (servers) => {
  const { directory } = servers;
  const media = path.join(directory, 'media');
  const warmUp = path.join(directory, 'warm-up');
  const mediaSeconds = await composeMedia(media, { films, sounds });
  await composeWarmUp(warmUp);
  const assets = (await readdir(media)).length;
  note(`${assets} files, ${mediaSeconds} s of media`);

  const recording = await record(media, directory, modelsDirectory);
  const models = await BareModels.open(recording.items, directory, modelsDirectory);
  note(`${recording.commands.length} commands, ${recording.items.length} items for models`);

  const program = startProgram(servers);
  const accounts = new Accounts({ program: program.pid, ...servers.processes });
  const round = async (name: string, folder: string, count: number): Promise<{ wallSeconds: number; balance: Balance; idle: readonly number[] }> => {
    const { fromMs, toMs } = await program.process(folder, name, count);
    return { wallSeconds: (toMs - fromMs) / 1_000, balance: accounts.between(fromMs, toMs), idle: accounts.idleCores(fromMs, toMs, 5_000) };
  };
  let bulk: BareBulk | undefined;
  try {
    await round('warmup', warmUp, (await readdir(warmUp)).length);
    note('warmed up');
    const report = new Report(mediaSeconds);
    for (let number = 1; number <= rounds; number += 1) {
      const folder = path.join(directory, `round-${number}`);
      await disguise(media, folder, `round ${number}`);
      const real = await round(`round${number}`, folder, assets);
      bulk ??= await BareBulk.open(servers.elasticsearchUrl, 'round1');
      const documents = await bulk.run(() => accounts.now().Elasticsearch);
      const bare: BareCost = { ffmpeg: (await runCommands(recording.commands)).cpuMs / 1_000, models: await models.run(), bulkHelper: documents.helper, bulkServer: documents.server };
      note(report.add(real, bare));
    }
    process.stderr.write(report.text(bulk?.documents ?? 0));
    printResult({ name: 'pipeline', unit: 'media-s/s', rounds }, report.real, report.ideal);
  } finally {
    accounts.close();
    models.close();
    await bulk?.close();
    await program.stop();
  }
});
