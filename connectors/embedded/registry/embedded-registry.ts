/**
 * The embedded schema registry: ids by content, versions in one JSON file of the data directory. A new version must
 * be able to read every version before it, since the embedded log keeps its records. Subjects are record names.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backwardIncompatibility, parseSchema } from '../../avro/index.ts';
import { MillraceError, schemaIdOf, subjectOf, type AvroSchemaJson, type RegisteredSchema, type SchemaRegistry, type SchemaUse } from '../../ports/index.ts';

const FORMAT = 1;

export interface EmbeddedRegistryOptions {
  /** Where the versions are kept. @default in memory only */
  readonly file?: string;
}

/** @throws MillraceError MILL_STATE_CORRUPT when the file cannot be read as a registry's. */
export async function openEmbeddedRegistry({ file }: EmbeddedRegistryOptions = {}): Promise<SchemaRegistry> {
  return new EmbeddedRegistry(file, file === undefined ? [] : await load(file));
}

class EmbeddedRegistry implements SchemaRegistry {
  readonly #file: string | undefined;
  #schemas: readonly RegisteredSchema[];
  /** Registrations run one at a time, so that two of them cannot get the same version. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string | undefined, schemas: readonly RegisteredSchema[]) {
    this.#file = file;
    this.#schemas = schemas;
  }

  subjectOf(use: SchemaUse): string {
    return subjectOf('record-name', use);
  }

  register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const registration = this.#last.then(() => this.#register(subject, schema));
    this.#last = registration.catch(() => undefined);
    return registration;
  }

  async schemaById(id: number): Promise<AvroSchemaJson | undefined> {
    return this.#schemas.find((registered) => registered.id === id)?.schema;
  }

  async versions(subject: string): Promise<RegisteredSchema[]> {
    return this.#schemas.filter((registered) => registered.subject === subject);
  }

  async #register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const type = parseSchema(subject, schema);
    const id = schemaIdOf(createHash('sha256').update(JSON.stringify(type.schema())).digest());
    const versions = await this.versions(subject);
    const incompatibility = backwardIncompatibility(subject, type, versions);
    if (incompatibility !== undefined) throw incompatibility;
    if (versions.some((registered) => registered.id === id)) return id;
    const schemas = [...this.#schemas, { id, subject, version: versions.length + 1, schema }];
    if (this.#file !== undefined) await save(this.#file, schemas);
    this.#schemas = schemas;
    return id;
  }
}

async function load(file: string): Promise<RegisteredSchema[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new MillraceError('MILL_STATE_CORRUPT', `The schema registry ${file} cannot be read`, { cause: error });
  }
  try {
    const content = JSON.parse(text) as { readonly format: number; readonly schemas: RegisteredSchema[] };
    if (content.format !== FORMAT || !Array.isArray(content.schemas)) throw new Error(`format ${content.format} is not known`);
    return content.schemas;
  } catch (cause) {
    throw new MillraceError('MILL_STATE_CORRUPT', `The schema registry ${file} is damaged`, { cause });
  }
}

/** The file is always whole: the new content is durable beside it before it takes its place. */
async function save(file: string, schemas: readonly RegisteredSchema[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.draft`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, schemas }, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
