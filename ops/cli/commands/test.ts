/**
 * `millrace test`: everything that CI runs. Static checks, models, servers, all tests on this Node (those that kill
 * servers by themselves, at last), and engine, state and Kafka on the other supported Node, whose binary comes from its
 * npm package. Ends with one summary line.
 */
import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { projectFile } from '../../paths.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { installModels } from '../models-setup.ts';
import { installServers } from '../servers-setup.ts';

/** The suites that must pass on every supported Node. */
const ENGINE_SUITES = [
  'test/state/**/*.test.ts', 'test/topology/**/*.test.ts', 'test/connectors/embedded/**/*.test.ts', 'test/connectors/kafka/{kafkajs,platformatic,stream-threads}.test.ts',
  'test/connectors/kafka/{group,log}/*.test.ts',
];

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

export const register: Register = (program) => {
  program
    .command('test')
    .description('run all checks and tests, as CI does')
    .addHelpText('after', '\nExample:\n  millrace test')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await runTests(contextOf(command));
    });
};

async function runTests(context: CommandContext): Promise<number> {
  const { terminal } = context;
  const step = (text: string): void => { terminal.note(`\n== ${text}`); };
  const outcomes: Outcome[] = [];

  step('types, lint, generated files');
  const checked = await run('npm', ['run', '--silent', 'check']);
  outcomes.push({ passed: checked.code === 0 ? 1 : 0, failed: checked.code === 0 ? 0 : 1 });

  step('models');
  await installModels(context, {});

  step('servers');
  await installServers(context);

  step(`all tests on Node ${process.versions.node}`);
  outcomes.push(await mocha(process.execPath, '.mocharc.json'));

  step('faults: instances, brokers and disks that fail under load');
  outcomes.push(await mocha(process.execPath, '.mocharc.faults.json'));

  const other = await otherNode(context);
  step(`engine, state and Kafka tests on Node ${other.version}`);
  outcomes.push(await mocha(other.binary, '.mocharc.engine.json', ENGINE_SUITES));

  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  terminal.print(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs mocha and reads its closing counts; a run that ends without them counts as one failure. */
async function mocha(node: string, config: string, suites: readonly string[] = []): Promise<Outcome> {
  const { code, output } = await run(node, [projectFile('node_modules', 'mocha', 'bin', 'mocha.js'), '--config', projectFile(config), ...suites]);
  const count = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  const passed = count(/^\s*(\d+) passing/m);
  const failed = count(/^\s*(\d+) failing/m);
  return { passed, failed: failed > 0 || (code === 0 && passed > 0) ? failed : 1 };
}

/** Node 24 when this is an older one, else Node 20: installed once into the cache. */
async function otherNode({ paths, terminal }: CommandContext): Promise<{ version: string; binary: string }> {
  const major = Number(process.versions.node.split('.')[0]) >= 24 ? 20 : 24;
  const directory = path.join(paths.cache, 'node', String(major));
  const name = `node-${process.platform}-${process.arch}`;
  const binary = path.join(directory, 'node_modules', name, 'bin', 'node');
  if (!(await exists(binary))) {
    terminal.note(`installing Node ${major} (npm package ${name})`);
    await mkdir(directory, { recursive: true });
    const { code } = await run('npm', ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${major}`]);
    if (code !== 0) throw new MillraceError('MILL_PACKAGE_UNAVAILABLE', `npm could not install ${name}@${major}`, { hint: 'npm says why above; then run again: ./millrace test' });
  }
  return { version: String(major), binary };
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false);

/** Runs a program in the project's folder, passes its output on and keeps it. */
function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectFile(), stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => { resolve({ code: code ?? 1, output }); });
  });
}
