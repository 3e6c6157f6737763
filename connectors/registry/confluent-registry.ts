/**
 * A schema registry with Confluent's API. What it once said is kept: schemas by id for ever (they never change),
 * registrations by subject and schema, ids that it does not have for a while. Each is asked for once, however many wait.
 */
import { backwardIncompatibility, inlineReferences, parseSchema } from '../avro/index.ts';
import { MillraceError, subjectOf, type AvroSchemaJson, type RegisteredSchema, type SchemaRegistry, type SchemaUse } from '../ports/index.ts';
import { RegistryApiClient, type Resource } from './api-client.ts';
import { LookupPace } from './lookup-pace.ts';
import { compileRegistryOptions, type CompiledRegistryOptions, type ConfluentRegistryOptions } from './options.ts';
import { UnknownIds } from './unknown-ids.ts';
import { withRetries } from './with-retries.ts';

/** A schema as the registry gives it. */
interface SchemaBody {
  readonly schema: string;
  /** @default 'AVRO' */
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[] | null;
}

interface VersionBody extends SchemaBody {
  readonly id: number;
  readonly version: number;
}

/** Connects with the first request. @throws MillraceError MILL_CONFIG_INVALID */
export function openConfluentRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  return new ConfluentRegistry(compileRegistryOptions(options));
}

class ConfluentRegistry implements SchemaRegistry {
  readonly #options: CompiledRegistryOptions;
  readonly #client: RegistryApiClient;
  readonly #schemas = new Map<number, AvroSchemaJson>();
  readonly #unknown: UnknownIds;
  readonly #pace: LookupPace;
  readonly #lookUps = new Map<number, Promise<AvroSchemaJson | undefined>>();
  readonly #registrations = new Map<string, Promise<number>>();

  constructor(options: CompiledRegistryOptions) {
    this.#options = options;
    this.#client = new RegistryApiClient(options);
    this.#unknown = new UnknownIds(options.unknownIds);
    this.#pace = new LookupPace(options.unknownIds.lookupsPerSecond);
  }

  subjectOf(use: SchemaUse): string {
    return subjectOf(this.#options.subjectStrategy, use);
  }

  register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const key = `${subject}\n${JSON.stringify(schema)}`;
    const known = this.#registrations.get(key);
    if (known !== undefined) return known;
    const registration = this.#register(subject, schema);
    this.#registrations.set(key, registration);
    registration.catch(() => { this.#registrations.delete(key); });
    return registration;
  }

  async schemaById(id: number): Promise<AvroSchemaJson | undefined> {
    const known = this.#schemas.get(id);
    // Registries count from 1.
    if (known !== undefined || id < 1 || this.#unknown.has(id)) return known;
    let lookUp = this.#lookUps.get(id);
    if (lookUp === undefined) {
      lookUp = this.#pace.run(() => this.#lookUp(id)).finally(() => this.#lookUps.delete(id));
      this.#lookUps.set(id, lookUp);
    }
    return lookUp;
  }

  async versions(subject: string): Promise<RegisteredSchema[]> {
    const latest = await this.#find<VersionBody>(['Subject', 'latestVersion', { subject }]);
    const versions: RegisteredSchema[] = [];
    for (let version = 1; version <= (latest?.version ?? 0); version++) {
      // A version that was deleted is absent.
      const body = version === latest?.version ? latest : await this.#find<VersionBody>(['Subject', 'version', { subject, version }]);
      const schema = body === undefined ? undefined : await this.#schemaOf(body);
      if (body === undefined || schema === undefined) continue;
      this.#schemas.set(body.id, schema);
      versions.push({ id: body.id, subject, version, schema });
    }
    return versions;
  }

  /**
   * Our own rule comes first: a registry looks at the newest version only unless its level says TRANSITIVE, and may be
   * set to check nothing, while the topic holds records of every version.
   */
  async #register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const incompatibility = backwardIncompatibility(subject, parseSchema(subject, schema), await this.versions(subject));
    if (incompatibility !== undefined) throw incompatibility;
    const body = { schema: JSON.stringify(schema) };
    // Who only reads what exists needs no right to write.
    const id = await this.#registered(subject, body) ?? await this.#add(subject, body);
    this.#schemas.set(id, schema);
    return id;
  }

  async #registered(subject: string, body: { readonly schema: string }): Promise<number | undefined> {
    return (await this.#find<{ readonly id: number }>(['Subject', 'registered', { subject, body }]))?.id;
  }

  async #add(subject: string, body: { readonly schema: string }): Promise<number> {
    const verdict = await withRetries(this.#client, this.#options, ['Subject', 'register', { subject, body }]);
    if (verdict.type === 'found') return (verdict.body as { readonly id: number }).id;
    // Instances that start together register the same: the second one is refused by some registries (Apicurio).
    const meanwhile = await this.#registered(subject, body);
    if (meanwhile !== undefined) return meanwhile;
    const reason = verdict.type === 'rejected' ? verdict.reason : 'there is no such subject';
    throw new MillraceError('MILL_SCHEMA_INCOMPATIBLE', `${subject}: the schema registry ${this.#options.url} does not take the schema: ${reason}`);
  }

  async #lookUp(id: number): Promise<AvroSchemaJson | undefined> {
    const body = await this.#find<SchemaBody>(['Schema', 'find', { id }]);
    const schema = body === undefined ? undefined : await this.#schemaOf(body);
    if (schema === undefined) this.#unknown.add(id);
    else this.#schemas.set(id, schema);
    return schema;
  }

  /** Standing alone; `undefined` for what is no Avro. */
  async #schemaOf({ schema, schemaType = 'AVRO', references }: SchemaBody): Promise<AvroSchemaJson | undefined> {
    if (schemaType !== 'AVRO') return undefined;
    const referenced = new Map<string, string>();
    await this.#collect(references ?? [], referenced);
    try {
      const json = JSON.parse(schema) as AvroSchemaJson;
      return referenced.size === 0 ? json : inlineReferences(json, [...referenced.values()].map((text) => JSON.parse(text) as AvroSchemaJson));
    } catch {
      return undefined;
    }
  }

  /** What others refer to comes before them. */
  async #collect(references: NonNullable<SchemaBody['references']>, into: Map<string, string>): Promise<void> {
    for (const { name, subject, version } of references) {
      if (into.has(name)) continue;
      const body = await this.#find<VersionBody>(['Subject', 'version', { subject, version }]);
      if (body === undefined) continue;
      await this.#collect(body.references ?? [], into);
      into.set(name, body.schema);
    }
  }

  /** The body of an answer; `undefined` when the registry has no such thing. */
  async #find<Body>(resource: Resource): Promise<Body | undefined> {
    const verdict = await withRetries(this.#client, this.#options, resource);
    if (verdict.type === 'rejected') throw new MillraceError('MILL_REGISTRY_REFUSED', `The schema registry ${this.#options.url}: ${verdict.reason}`);
    return verdict.type === 'found' ? verdict.body as Body : undefined;
  }
}
