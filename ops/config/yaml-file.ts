/**
 * Reads millrace.yaml: UTF-8, one YAML 1.2 document, groups of settings. What is wrong is collected, with line and
 * column, and not thrown: people see everything at once. Nothing in it is replaced: `${NAME}` is refused.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { TextDecoder } from 'node:util';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { shortPath } from '../paths.ts';
import { GROUPS } from './settings.ts';
import { PATHS, rowOf, splitPath, type SettingPath } from './config.ts';
import type { Given, Problem } from './given.ts';
import { reasonOf } from './kinds.ts';
import { nearest } from './nearest.ts';

export interface FileSettings {
  readonly given: ReadonlyMap<SettingPath, Given>;
  readonly problems: readonly Problem[];
}

const MAX_BYTES = 256 * 1024;

/** @returns null where there is no such file, and nobody named it */
export function readYamlFile(file: string, { named, workingDirectory }: { readonly named: string | null; readonly workingDirectory: string }): FileSettings | null {
  const shown = shortPath(file, workingDirectory);
  const failed = (reason: string): FileSettings => ({ given: new Map(), problems: [{ setting: null, text: `${named === null ? '' : `${named}: `}${shown}: ${reason}` }] });
  try {
    return new YamlReader(readFile(file), shown, path.dirname(file)).read();
  } catch (error) {
    if (named === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return failed(error instanceof RangeError ? 'it is nested too deeply' : reasonOf(error));
  }
}

/** Without waiting for a pipe that nobody writes. */
function readFile(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new Error('it is a folder; name the file in it');
    if (!stats.isFile()) throw new Error('it is no regular file');
    if (stats.size > MAX_BYTES) throw new Error(`it has ${stats.size} bytes; a configuration has at most ${MAX_BYTES}`);
    const bytes = readFileSync(descriptor);
    if (bytes.includes(0)) throw new Error('it is no text: it has bytes that are zero');
    return decode(bytes);
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is no UTF-8 text');
  }
}

class YamlReader {
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #given = new Map<SettingPath, Given>();
  readonly #problems: Problem[] = [];
  readonly #file: string;
  readonly #folder: string;

  constructor(text: string, file: string, folder: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    this.#file = file;
    this.#folder = folder;
  }

  read(): FileSettings {
    for (const { message, pos: [offset] } of [...this.#document.errors, ...this.#document.warnings]) this.#problem(offset, null, message);
    // What is behind a mistake in the syntax may be anything.
    if (this.#problems.length === 0) this.#readRoot();
    return { given: this.#given, problems: this.#problems };
  }

  #readRoot(): void {
    const root = this.#resolved(this.#document.contents);
    if (root === null || isNull(root)) return;
    if (!isMap(root)) {
      this.#problem(offsetOf(root), null, 'expected groups of settings, such as `elasticsearch:`');
      return;
    }
    this.#readEntries(root, (name, key, value) => {
      if (Object.hasOwn(GROUPS, name)) this.#readGroup(name, key, value);
      else if (isPath(name) && splitPath(name)[0] === null) this.#readValue(name, value);
      else this.#unknown(key, name, null);
    });
  }

  #readGroup(group: string, key: Node, value: Node | null): void {
    if (value === null || isNull(value)) return;
    if (!isMap(value)) {
      const names = PATHS.filter((path) => splitPath(path)[0] === group).map((path) => splitPath(path)[1]);
      this.#problem(offsetOf(value), null, `${group}: expected a group of settings (${names.join(', ')}), got ${shown(value)}`);
      return;
    }
    this.#readEntries(value, (name, nameNode, entry) => {
      const path = `${group}.${name}`;
      if (isPath(path)) this.#readValue(path, entry);
      else this.#unknown(nameNode, name, group);
    }, key);
  }

  #readEntries(map: Node, each: (name: string, key: Node, value: Node | null) => void, owner: Node = map): void {
    if (!isMap(map)) return;
    for (const { key, value } of map.items as readonly { readonly key: unknown; readonly value: unknown }[]) {
      const keyNode = this.#resolved(key);
      if (keyNode === null || !isScalar(keyNode) || typeof keyNode.value !== 'string') this.#problem(offsetOf(keyNode ?? owner), null, 'the name of a setting must be text');
      else each(keyNode.value, keyNode, this.#resolved(value));
    }
  }

  #readValue(path: SettingPath, node: Node | null): void {
    if (node === null || isNull(node)) return;
    const { secret, notInFile, variable } = rowOf(path);
    if (secret === true) this.#problem(offsetOf(node), path, `${path}: a secret does not belong in the file: set ${variable}, or ${variable}_FILE to a file that has it`);
    else if (notInFile !== undefined) this.#problem(offsetOf(node), path, `${path}: it cannot stand in the file, since ${notInFile}: set ${variable}`);
    else this.#take(path, node, variable);
  }

  #take(path: SettingPath, node: Node, variable: string): void {
    const value = this.#plain(node);
    const reference = /\$\{[^}]*\}/.exec([value].flat().filter((part) => typeof part === 'string').join('\n'))?.[0];
    if (reference !== undefined) {
      this.#problem(offsetOf(node), path, `${path}: ${reference} is not replaced in the file: write the value, or set ${variable}`);
      return;
    }
    const { line, col } = this.#lines.linePos(offsetOf(node));
    this.#given.set(path, { value, origin: { from: 'file', file: this.#file, line, column: col }, folder: this.#folder });
  }

  /** A scalar, or a list of scalars; what is deeper fits no setting. */
  #plain(node: Node): unknown {
    if (isScalar(node)) return node.value;
    if (!isSeq(node)) return {};
    return node.items.map((item) => {
      const resolved = this.#resolved(item);
      return resolved !== null && isScalar(resolved) ? resolved.value : {};
    });
  }

  #unknown(key: Node, name: string, group: string | null): void {
    const own = PATHS.filter((path) => splitPath(path)[0] === group).map((path) => ({ spelling: splitPath(path)[1], name: group === null ? path : splitPath(path)[1] }));
    const groups = group === null ? Object.keys(GROUPS).map((known) => ({ spelling: known, name: known })) : [];
    const elsewhere = PATHS.flatMap((path) => [path, splitPath(path)[1]].map((spelling) => ({ spelling, name: path })));
    const meant = nearest(name, [...own, ...groups, ...elsewhere]);
    const where = group === null ? '' : ` in ${group}`;
    this.#problem(offsetOf(key), null, `there is no setting ${JSON.stringify(name)}${where}${meant === undefined ? '' : `; did you mean ${nested(meant)}?`}`);
  }

  #resolved(node: unknown): Node | null {
    if (!isAlias(node)) return (node ?? null) as Node | null;
    const anchored = node.resolve(this.#document) as Node | undefined;
    if (anchored === undefined) this.#problem(offsetOf(node), null, `there is no anchor &${node.source} before this`);
    return anchored ?? null;
  }

  #problem(offset: number, setting: SettingPath | null, text: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.#problems.push({ setting, text: `${this.#file}:${line}:${col}: ${text}` });
  }
}

const isPath = (name: string): name is SettingPath => PATHS.some((path) => path === name);
const isNull = (node: Node): boolean => isScalar(node) && node.value === null;
const offsetOf = (node: Node): number => node.range?.[0] ?? 0;
const shown = (node: Node): string => (isScalar(node) ? JSON.stringify(node.value) : 'a list');

/** How a path is written in the file. */
function nested(meant: string): string {
  const [group, name] = splitPath(meant);
  return group === null ? `"${name}"` : `"${name}" under "${group}:"`;
}
