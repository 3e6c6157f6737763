import { expect } from 'chai';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { openKafkaLog } from '../../connectors/kafka/index.ts';
import { partitionForKey, type LogRecord } from '../../connectors/ports/index.ts';
import { assetIdOf } from '../../connectors/producer/index.ts';
import { openConfluentRegistry } from '../../connectors/registry/index.ts';
import { findPython, runPip } from '../../ops/models/python.ts';
import { projectFile, resolvePaths } from '../../ops/paths.ts';
import { draftOf, runCommand } from '../../ops/system/index.ts';
import { openSerdes, validateSubmission } from '../../schemas/index.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { sharedKafka } from '../support/kafka-stack.ts';
import { readAll } from '../topology/support/log.ts';

const PARTITIONS = 4;
const REQUIREMENTS = projectFile('examples', 'python', 'requirements.txt');

/** Kept in the cache of downloads, under the name of what it holds. @returns the folder for PYTHONPATH */
async function installPackages(): Promise<string> {
  const python = await findPython();
  const wanted = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 8);
  const { cache } = resolvePaths();
  const packages = path.join(cache, 'python', `producer-${python.version}-${wanted}`);
  if ((await stat(packages).catch(() => undefined)) !== undefined) return packages;
  const draft = draftOf(packages);
  await mkdir(draft, { recursive: true });
  await withTemporaryFolder(async (temporary) => {
    const installed = await runPip(python, ['install', '--quiet', '--target', draft, '-r', REQUIREMENTS], { cwd: draft, temporary });
    if (installed.exitCode !== 0) throw new Error(installed.stderr);
  });
  await rename(draft, packages);
  return packages;
}

describe('examples/python/produce.py', function () {
  this.timeout(120_000);
  let packages = '';
  let python = '';

  before('installs its packages and starts Kafka', async function () {
    this.timeout(300_000);
    python = (await findPython()).command;
    packages = await installPackages();
    await sharedKafka();
  });

  /** What the program has left in a topic of its own. */
  const publish = (args: readonly string[]): Promise<LogRecord[]> => withTemporaryFolder(async (folder) => {
    const { bootstrap, registryUrl } = await sharedKafka();
    const log = await openKafkaLog({ brokers: [bootstrap], stateDirectory: path.join(folder, 'state') });
    try {
      const topic = `assets-${randomUUID()}`;
      await log.ensureTopics([{ topic, partitions: PARTITIONS }]);
      const script = projectFile('examples', 'python', 'produce.py');
      const env = { ...process.env, PYTHONPATH: packages, PYTHONNOUSERSITE: '1', PYTHONDONTWRITEBYTECODE: '1' };
      const result = await runCommand(python, [script, '--brokers', bootstrap, '--registry', registryUrl, '--topic', topic, ...args], { env });
      expect(result.exitCode, result.stderr).to.equal(0);
      return await readAll(log, topic);
    } finally {
      await log.close();
    }
  });

  it('publishes what Millrace reads, under the ids that Millrace gives, in the partitions that Millrace takes', async () => {
    const sources = Array.from({ length: 12 }, (_, i) => `s3://footage/take%20${i}.mp4`);
    const records = await publish(['--library', 'news', '--attribute', 'camera=3', 'file:///media/a%20film.mp4', ...sources]);
    const { assetSubmitted } = await openSerdes(openConfluentRegistry({ url: (await sharedKafka()).registryUrl }));
    const events = records.map(({ key, value, partition }) => {
      expect(partition).to.equal(partitionForKey(key!, PARTITIONS));
      const event = assetSubmitted.deserialize(value!);
      validateSubmission(event, key!.toString());
      return event;
    });
    expect(new Set(records.map(({ partition }) => partition)).size).to.be.greaterThan(1);
    expect(new Set(events.map(({ eventId }) => eventId)).size).to.equal(13);
    expect(events.map(({ assetId }) => assetId).sort()).to.deep.equal(['/media/a film.mp4', ...sources].map((place) => assetIdOf('news', place)).sort());
    const film = events.find(({ fileName }) => fileName === 'a film.mp4');
    expect(film).to.include({ library: 'news', priority: 'LIVE', sourceUri: 'file:///media/a%20film.mp4', sizeBytes: null, modifiedAtMs: null });
    expect(film?.attributes).to.deep.equal({ camera: '3' });
  });

  it('publishes tombstones', async () => {
    const records = await publish(['--remove', 's3://footage/take.mp4']);
    expect(records.map(({ key, value }) => [key?.toString(), value])).to.deep.equal([[assetIdOf('default', 's3://footage/take.mp4'), null]]);
  });
});
