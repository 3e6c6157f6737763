/**
 * What the stages ask of ffmpeg and of the models, taken down in one pass over the media: the processors as the topology
 * calls them, in this process, without Kafka. ffmpeg stands behind a script that notes its arguments; the model host
 * behind one that keeps the inputs.
 */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openFileBlobStore } from '../../connectors/embedded/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { openModelHost } from '../../processors/inference/index.ts';
import type { ModelHost, TaskInput, TaskName } from '../../processors/inference/index.ts';
import { findTools } from '../../processors/decode/index.ts';
import { createMediaServices, type MediaServices, type StageContext } from '../../topology/media/index.ts';
import type { AudioChunk, Frame, TextUnit } from '../../schemas/index.ts';

export interface Command {
  readonly program: string;
  /** What it reads as descriptor 3. */
  readonly source: string;
  readonly args: readonly string[];
}

export interface ModelItem {
  readonly task: TaskName;
  readonly input: TaskInput<TaskName>;
}

export interface Recording {
  /** Each once: what we run twice is our own fault. */
  readonly commands: readonly Command[];
  readonly items: readonly ModelItem[];
}


export async function record(mediaFolder: string, directory: string, modelsDirectory: string): Promise<Recording> {
  const items: ModelItem[] = [];
  const host = await openModelHost({ modelsDirectory });
  const models: ModelHost = {
    describe: (task) => host.describe(task),
    missingReason: (task) => host.missingReason(task),
    run: (task, input, options) => {
      items.push({ task, input });
      return host.run(task, input, options);
    },
    warmUp: (tasks) => host.warmUp(tasks),
    stats: () => host.stats(),
    close: () => host.close(),
  };
  const { path: folder, commands } = await noteCommands(path.join(directory, 'commands'));
  const before = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    const blobs = await openFileBlobStore({ directory: path.join(directory, 'recorded-blobs') });
    const services = createMediaServices({ stages: ['decode', 'vision', 'audio', 'text'], blobs, models });
    await Promise.all((await readdir(mediaFolder)).map((name) => understand(path.join(mediaFolder, name), services)));
  } finally {
    process.env['PATH'] = before;
    await host.close();
  }
  return { commands: await commands(), items };
}

/** All stages over one file, one after the other. */
async function understand(file: string, { decode, vision, audio, text }: MediaServices): Promise<void> {
  const sourceUri = pathToFileURL(file).href;
  const { contentHash, sizeBytes, sourceIdentity } = await hashSource(sourceUri);
  const { segments } = await admitContent({
    action: 'CLAIM', assetId: contentHash.slice(0, 32), revision: 1, library: 'bench', priority: 'LIVE', contentHash, sourceUri, fileName: path.basename(file), sizeBytes, submittedAtMs: 0, attributes: {}, sourceIdentity,
  });
  // Each call has one of its own, as in the topology.
  const context = (): StageContext => ({ signal: new AbortController().signal });
  const read = (units: readonly TextUnit[]): Promise<unknown> => Promise.all(units.map(async (unit) => text?.run(unit, context())));
  const see = async (frame: Frame): Promise<unknown> => read((await vision?.run(frame, context()))?.textUnits ?? []);
  const hear = async (chunk: AudioChunk): Promise<unknown> => read((await audio?.run(chunk, context()))?.textUnits ?? []);
  await Promise.all(segments.map(async (segment) => {
    const decoded = await decode?.run(segment, context());
    await Promise.all([...(decoded?.frames ?? []).map(see), ...(decoded?.audioChunks ?? []).map(hear), read(decoded?.textUnits ?? [])]);
  }));
}

/** A folder to take as PATH, with an ffmpeg and an ffprobe that note what they are asked and do it. */
async function noteCommands(folder: string): Promise<{ path: string; commands: () => Promise<Command[]> }> {
  const tools = findTools();
  const notes = path.join(folder, 'notes');
  await mkdir(notes, { recursive: true });
  for (const name of ['ffmpeg', 'ffprobe'] as const) {
    const script = path.join(folder, name);
    await writeFile(script, `#!/bin/sh\nprintf '%s\\0' ${name} "$(/usr/bin/readlink /proc/$$/fd/3)" "$@" > '${notes}'/$$\nexec '${tools[name]}' "$@"\n`);
    await chmod(script, 0o755);
  }
  return {
    path: folder,
    commands: async () => {
      const texts = await Promise.all((await readdir(notes)).map((name) => readFile(path.join(notes, name), 'utf8')));
      return [...new Set(texts)].map((text) => {
        const [program = '', source = '', ...args] = text.split('\0').slice(0, -1);
        return { program, source, args };
      });
    },
  };
}
