/**
 * Small media of which it is known what must be found: each document has one passage, each photograph one frame. All
 * bytes differ, so that nothing is an exact duplicate.
 */
import { createHash } from 'node:crypto';
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

/** A disc on a ground: place, size and colours come of the name, and no two names give the same. */
async function photograph(name: string): Promise<Buffer> {
  const [x = 0, y = 0, radius = 0, ...rest] = createHash('sha256').update(name).digest();
  const [ground, disc] = [rest.slice(0, 3), rest.slice(3, 6)].map((colour) => `rgb(${colour.join(',')})`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="${ground ?? ''}"/><circle cx="${30 + x}" cy="${60 + y / 2}" r="${20 + radius / 8}" fill="${disc ?? ''}"/></svg>`;
  return sharp(Buffer.from(svg)).jpeg().toBuffer();
}
