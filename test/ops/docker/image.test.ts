import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { projectFile } from '../../../ops/paths.ts';
import { runCommand } from '../../../ops/system/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { hadolint } from './linters.ts';

const DOCKERFILE = projectFile('ops', 'docker', 'Dockerfile');

interface Stage {
  readonly name: string;
  readonly text: string;
}

async function stagesOf(): Promise<Stage[]> {
  const text = await readFile(DOCKERFILE, 'utf8');
  return text.split(/^FROM /m).slice(1).map((stage) => ({ name: / AS (\S+)/.exec(stage)?.[1] ?? '', text: stage.replaceAll('\\\n', ' ') }));
}

/** `COPY` from the build context: what, and where to. */
const copiesOf = ({ text }: Stage): { readonly sources: readonly string[]; readonly target: string }[] =>
  [...text.matchAll(/^COPY (?!--from)(.+)$/gm)].map(([, words = '']) => {
    const all = words.split(/\s+/);
    return { sources: all.slice(0, -1), target: all.at(-1) ?? '' };
  });

const wordsOf = (text: string, instruction: string): string[] => JSON.parse(new RegExp(`${instruction} +(\\[.*\\])`).exec(text)?.[1] ?? '') as string[];

/** The last rule of .dockerignore that matches wins; ours are names, `*`, and names after `!`. */
async function isIgnored(file: string): Promise<boolean> {
  const rules = (await readFile(projectFile('.dockerignore'), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return rules.reduce((ignored, rule) => {
    const name = rule.replace(/^!/, '');
    return name === '*' || file === name || file.startsWith(`${name}/`) ? !rule.startsWith('!') : ignored;
  }, false);
}

describe('the image of Millrace', function () {
  this.timeout(240_000);

  it('has a Dockerfile that hadolint has nothing to say about', async () => {
    const result = await hadolint([DOCKERFILE]);
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0);
  });

  it('is built from files that are there and that .dockerignore lets through', async () => {
    const sources = (await stagesOf()).flatMap(copiesOf).flatMap((copy) => copy.sources);
    expect(sources).to.include.members(['package-lock.json', 'ops', 'processors']);
    for (const source of sources) {
      await stat(projectFile(source));
      expect(await isIgnored(source), source).to.equal(false);
    }
    for (const secret of ['ops/docker/secrets/elastic_password', '.git/config', '.millrace/log', 'node_modules/zod', '.env']) expect(await isIgnored(secret), secret).to.equal(true);
  });

  it('begins each stage from a base that is pinned, or from a stage before it', async () => {
    const text = await readFile(DOCKERFILE, 'utf8');
    const bases = new Map([...text.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name = '', image = '']) => [name, image]));
    for (const image of bases.values()) expect(image).to.match(/:\d+\.\d+\.\d+-/);
    const seen = new Set<string>(['scratch']);
    for (const { name, text: stage } of await stagesOf()) {
      const base = stage.split(/\s/, 1)[0] ?? '';
      expect(seen.has(base) || bases.has(/^\$\{(\w+)\}$/.exec(base)?.[1] ?? ''), `${name} from ${base}`).to.equal(true);
      for (const [, from = ''] of stage.matchAll(/--from=(\S+)/g)) expect([...seen], name).to.include(from);
      seen.add(name);
    }
  });

  it('runs for the CPU and for CUDA in the same way, and never as root', async () => {
    const stages = await stagesOf();
    const cpu = stages.find(({ name }) => name === 'cpu')?.text ?? '';
    const cuda = stages.find(({ name }) => name === 'cuda')?.text ?? '';
    for (const text of [cpu, cuda]) {
      for (const line of ['USER 1000:1000', 'STOPSIGNAL SIGTERM', 'EXPOSE 9464', 'CMD ["run"]']) expect(text).to.include(`\n${line}\n`);
      for (const instruction of ['ENTRYPOINT', 'HEALTHCHECK .* CMD']) expect(wordsOf(text, instruction)).to.deep.equal(wordsOf(cpu, instruction));
      expect(/ENV .*MILLRACE_HOME=(\S+)/.exec(text)?.[1]).to.equal(/COPY --from=models \S+ (\S+)/.exec(text)?.[1]);
    }
  });

  it('holds all that the program needs, and tells by its health check how it is', () => withTemporaryFolder(async (folder) => {
    const stages = await stagesOf();
    const program = stages.find(({ name }) => name === 'program');
    const cpu = stages.find(({ name }) => name === 'cpu')?.text ?? '';
    for (const { sources, target } of copiesOf(program!)) {
      for (const source of sources) {
        const to = target.endsWith('/') ? path.join(folder, target, source) : path.join(folder, target);
        await mkdir(path.dirname(to), { recursive: true });
        // As the builder sees it: without what is ignored below.
        await cp(projectFile(source), to, { recursive: true, filter: async (from) => !(await isIgnored(path.relative(projectFile(), from))) });
      }
    }
    const app = path.join(folder, 'app');
    await symlink(projectFile('node_modules'), path.join(app, 'node_modules'));
    const [, , command = '', ...args] = wordsOf(cpu, 'ENTRYPOINT').map((word) => word.replace('/app/', `${app}/`));
    const env = { ...process.env, HOME: folder, MILLRACE_HOME: process.env['MILLRACE_HOME'] ?? path.join(process.env['HOME'] ?? '', '.cache', 'millrace'), MILLRACE_DATA: path.join(folder, 'data') };
    const child = spawn(command, [...args, ...wordsOf(cpu, '\nCMD'), '--metrics-port', '0'], { cwd: app, env, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const port = await metricsPortOf(child);
      const [check = '', ...checkArgs] = wordsOf(cpu, 'HEALTHCHECK .* CMD');
      const health = (at: string): Promise<number> => runCommand(check, checkArgs, { env: { ...process.env, MILLRACE_METRICS_PORT: at } }).then(({ exitCode }) => exitCode);
      expect(await health(port)).to.equal(0);
      const signal = /^STOPSIGNAL (\S+)$/m.exec(cpu)?.[1] as NodeJS.Signals;
      child.kill(signal);
      expect(await once(child, 'exit')).to.deep.equal([0, null]);
      expect(await health(port)).to.equal(1);
    } finally {
      child.kill('SIGKILL');
    }
  }));
});

function metricsPortOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const port = /metrics at http:\S+:(\d+)\/metrics/.exec(said)?.[1];
      if (port !== undefined && said.includes('running, data in')) resolve(port);
    });
    child.once('exit', (code) => { reject(new Error(`ended with ${String(code)}: ${said}`)); });
  });
}
