/**
 * Small media of which it is known what must be found: each document has one passage, each photograph one frame. All
 * bytes differ, so that nothing is an exact duplicate.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

export interface Batch {
  readonly folder: string;
  /** By file name. */
  readonly files: readonly string[];
}

const SUBJECTS = ['harbour', 'orchestra', 'glacier', 'locomotive', 'lighthouse', 'carnival', 'observatory', 'vineyard', 'velodrome', 'aqueduct'];

export async function writeBatch(parent: string, name: string, { documents, photographs }: { readonly documents: number; readonly photographs: number }): Promise<Batch> {
  const folder = path.join(parent, name);
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let i = 0; i < documents; i += 1) {
    const file = `${name}-${i}.txt`;
    const subject = SUBJECTS[i % SUBJECTS.length] ?? '';
    await writeFile(path.join(folder, file), `Note ${i} of ${name}: the ${subject} was seen on a quiet morning, and number ${i} was painted on its side.\n`);
    files.push(file);
  }
  for (let i = 0; i < photographs; i += 1) {
    const file = `${name}-${i}.jpg`;
    await writeFile(path.join(folder, file), await photograph(`${name}-${i}`));
    files.push(file);
  }
  return { folder, files };
}

/** A gradient and a disc whose colours come of the name. */
async function photograph(name: string): Promise<Buffer> {
  const hue = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 360, 7);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="hsl(${hue},60%,70%)"/><circle cx="${60 + (hue % 200)}" cy="120" r="${40 + (hue % 30)}" fill="hsl(${(hue + 140) % 360},80%,40%)"/></svg>`;
  return sharp(Buffer.from(svg)).jpeg().toBuffer();
}
