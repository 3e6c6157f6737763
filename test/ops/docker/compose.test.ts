import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readConfig } from '../../../ops/config/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { KAFKA_VERSION, REGISTRY_VERSION } from '../../../ops/stack/servers.ts';
import { runCommand } from '../../../ops/system/index.ts';
import { STAGES } from '../../../topology/media/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { COMPOSE_FILE, isSetup, mountOf, readComposeFile, variablesOf, type ComposeFile, type Service } from './compose-file.ts';
import { checkComposeSchema } from './linters.ts';

const CREATE_SECRETS = projectFile('ops', 'docker', 'create-secrets.sh');
const entries = ({ services }: ComposeFile): [string, Service][] => Object.entries(services);
const isMillrace = ({ build }: Service): boolean => build !== undefined;

describe('docker-compose.yml', function () {
  this.timeout(240_000);
  let file: ComposeFile;

  before(async () => {
    file = await readComposeFile();
  });

  it('is a compose file by the published schema', async () => {
    const result = await checkComposeSchema(COMPOSE_FILE);
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0);
  });

  // The loader of compose itself is a Go program. The schema and the tests below hold everywhere; this where Go is.
  if (spawnSync('go', ['version']).status === 0) {
    it('is loaded by compose\'s own loader, with every profile', async () => {
      const result = await runCommand('go', ['run', '.', COMPOSE_FILE, 'monitoring', 'gpu', 'cli'], { cwd: projectFile('ops', 'docker', 'composecheck') });
      expect(result.exitCode, result.stderr).to.equal(0);
      expect(result.stdout.trim().split('\n')).to.deep.equal(Object.keys(file.services).sort());
    });
  }

  it('needs no variable, and docs/deployment.md names each that it takes', async () => {
    const variables = variablesOf(await readFile(COMPOSE_FILE, 'utf8'));
    const page = await readFile(projectFile('docs', 'deployment.md'), 'utf8');
    expect(variables.length).to.be.greaterThan(10);
    for (const { name, fallback } of variables) {
      expect(fallback, name).to.not.equal(undefined);
      expect(page, name).to.include(`\`${name}\``);
    }
  });

  it('pins every image to a version, and those of a registry that only keeps old ones by digest too', () => {
    for (const [name, { image, build }] of entries(file)) {
      if (build !== undefined) continue;
      expect(image, name).to.match(/^[a-z0-9./-]+:v?(?:\d+\.\d+\.\d+[\w.-]*|RELEASE\.[\dTZ-]+)(?:@sha256:[0-9a-f]{64})?$/);
      if (image.includes('minio')) expect(image, name).to.match(/^quay\.io\/minio\/.*@sha256:/);
    }
  });

  it('runs the versions that Millrace is tested with', async () => {
    const { dependencies } = JSON.parse(await readFile(projectFile('package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const tagOf = (name: string): string => file.services[name]?.image.split(':')[1] ?? '';
    expect(tagOf('kafka')).to.equal(KAFKA_VERSION);
    expect(tagOf('schema-registry')).to.equal(REGISTRY_VERSION);
    expect(tagOf('elasticsearch')).to.equal(dependencies['@elastic/elasticsearch']);
    expect(tagOf('kibana')).to.equal(tagOf('elasticsearch'));
  });

  it('gives no container a right that it does not need', () => {
    for (const [name, service] of entries(file)) {
      expect(service.privileged ?? false, name).to.equal(false);
      expect(service.cap_drop, name).to.deep.equal(['ALL']);
      expect(service.security_opt, name).to.deep.equal(['no-new-privileges:true']);
      if (name === 'volume-owners') {
        expect(service.cap_add).to.deep.equal(['CHOWN']);
        expect(service.network_mode).to.equal('none');
      } else {
        expect(service.cap_add, name).to.equal(undefined);
        expect(service.user, name).to.match(/^(?!0|root).+/);
      }
    }
  });

  it('keeps the root of every container read-only, but of the servers that write their configuration there', () => {
    const writing = entries(file).filter(([, { read_only: readOnly }]) => readOnly !== true).map(([name]) => name);
    expect(writing).to.have.members(['kafka', 'elasticsearch', 'kibana']);
  });

  it('limits CPU, memory, processes and logs of every container', () => {
    for (const [name, { deploy, logging }] of entries(file)) {
      expect(deploy?.resources.limits, name).to.have.all.keys('cpus', 'memory', 'pids');
      expect(logging?.options, name).to.have.all.keys('max-size', 'max-file');
    }
  });

  it('checks the health of every server: by its own check, or by that of the image', async () => {
    const dockerfile = await readFile(projectFile('ops', 'docker', 'Dockerfile'), 'utf8');
    const targetsWithCheck = dockerfile.split(/^FROM /m).filter((stage) => stage.includes('\nHEALTHCHECK')).map((stage) => / AS (\S+)/.exec(stage)?.[1]);
    for (const [name, service] of entries(file)) {
      if (isSetup(service)) expect(service.healthcheck, name).to.equal(undefined);
      else if (['otel-collector', 'inbox', 'cli'].includes(name)) expect(service.healthcheck, name).to.deep.equal({ disable: true });
      else if (isMillrace(service)) expect(targetsWithCheck, name).to.include(service.build?.target);
      else expect(service.healthcheck?.test?.length, name).to.be.greaterThan(1);
    }
  });

  it('waits for what can come true', () => {
    for (const [name, { depends_on: needs = {}, profiles = [] }] of entries(file)) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const other = file.services[needed];
        expect(other, `${name} needs ${needed}`).to.not.equal(undefined);
        expect(condition, `${name} needs ${needed}`).to.equal(isSetup(other!) ? 'service_completed_successfully' : 'service_healthy');
        expect(other!.healthcheck?.disable ?? false, needed).to.equal(false);
        // A service of a profile is not there where the profile is not.
        for (const profile of other!.profiles ?? []) expect(profiles, `${name} needs ${needed}`).to.include(profile);
      }
    }
  });

  it('defines every volume, network and secret that is used, and uses each', () => {
    const used = (of: (service: Service) => readonly string[] | undefined): string[] => [...new Set(entries(file).flatMap(([, service]) => of(service) ?? []))].sort();
    const named = used(({ volumes }) => volumes?.map((volume) => mountOf(volume).source).filter((source) => !source.startsWith('.')));
    expect(named).to.deep.equal(Object.keys(file.volumes).sort());
    expect(used(({ networks }) => networks)).to.deep.equal(Object.keys(file.networks).sort());
    expect(used(({ secrets }) => secrets)).to.deep.equal(Object.keys(file.secrets).sort());
  });

  it('mounts files of the repository that are there, and only to read', async () => {
    for (const [name, { volumes = [] }] of entries(file)) {
      for (const { source, mode } of volumes.map(mountOf).filter(({ source }) => source.startsWith('.'))) {
        expect((await readdir(path.join(projectFile(), source))).length, `${name}: ${source}`).to.be.greaterThan(0);
        expect(mode, `${name}: ${source}`).to.equal('ro');
      }
    }
    expect(await readdir(projectFile('ops', 'kibana'))).to.include('millrace.ndjson');
  });

  it('finds in its mounts every file that commands and variables name', async () => {
    for (const [name, { command = [], environment = {}, volumes = [] }] of entries(file)) {
      const mounts = volumes.map(mountOf).filter(({ source }) => source.startsWith('.'));
      const words = [...command, ...Object.values(environment)].flatMap((word) => word.split('=')).filter((word) => /\.\w+$/.test(word));
      for (const word of words) {
        const mount = mounts.find(({ target }) => word.startsWith(`${target}/`));
        if (mount !== undefined) expect((await stat(path.join(projectFile(), mount.source, word.slice(mount.target.length)))).isFile(), `${name}: ${word}`).to.equal(true);
      }
    }
  });

  it('publishes ports on the loopback only, each once, and lets nothing else out', () => {
    const published = entries(file).flatMap(([name, { ports = [], networks = [] }]) => ports.map((port) => ({ name, port, networks })));
    for (const { name, port, networks } of published) {
      expect(port, name).to.match(/^127\.0\.0\.1:\d+:\d+$/);
      expect(networks, name).to.include('edge');
    }
    const hostPorts = published.map(({ port }) => port.split(':')[1]);
    expect(new Set(hostPorts).size).to.equal(hostPorts.length);
    expect(file.networks['backend']).to.deep.equal({ internal: true });
    const outside = entries(file).filter(([, { networks = [], ports }]) => networks.includes('edge') && ports === undefined).map(([name]) => name);
    expect(outside).to.deep.equal(['otel-collector']);
  });

  it('keeps every password in a file that create-secrets.sh makes', () => withTemporaryFolder(async (folder) => {
    const secrets = path.join(folder, 'secrets');
    const made = await runCommand('sh', [CREATE_SECRETS, secrets]);
    expect(made.exitCode, made.stderr).to.equal(0);
    expect((await readdir(secrets)).sort()).to.deep.equal(Object.keys(file.secrets).sort());
    expect((await stat(secrets)).mode & 0o777).to.equal(0o700);
    const { secrets: named } = await readComposeFile({ SECRETS: secrets });
    const values = await Promise.all(Object.values(named).map(({ file: name }) => readFile(name, 'utf8')));
    for (const value of values) expect(value).to.match(/^[a-z0-9-]{12,40}\n$/);
    expect(new Set(values).size).to.equal(values.length);
    const again = await runCommand('sh', [CREATE_SECRETS, secrets]);
    expect(again.stdout).to.equal('');
    expect(await Promise.all(Object.values(named).map(({ file: name }) => readFile(name, 'utf8')))).to.deep.equal(values);
    // No variable that holds one itself.
    for (const [name, { environment = {} }] of entries(file)) {
      for (const variable of Object.keys(environment).filter((each) => /PASSWORD|SECRET|TOKEN/.test(each))) expect(variable, name).to.match(/_FILE$/);
    }
  }));

  it('mounts the secrets that commands, scripts and variables name', async () => {
    const text = await readFile(COMPOSE_FILE, 'utf8');
    const scripts = await Promise.all((await readdir(projectFile('ops', 'docker', 'setup'))).map((name) => readFile(projectFile('ops', 'docker', 'setup', name), 'utf8')));
    for (const script of [text, ...scripts]) {
      for (const [, name] of script.matchAll(/(?:\/run\/secrets\/|\$\(secret |\$secrets\/)([a-z]\w+)/g)) expect(Object.keys(file.secrets)).to.include(name);
    }
    for (const [name, service] of entries(file)) {
      for (const [, secret] of JSON.stringify(service).matchAll(/\/run\/secrets\/(\w+)/g)) expect(service.secrets ?? [], name).to.include(secret);
    }
  });

  it('configures Millrace by settings that it knows', () => withTemporaryFolder(async (folder) => {
    await runCommand('sh', [CREATE_SECRETS, folder]);
    for (const [name, { environment = {} }] of entries(file).filter(([, service]) => isMillrace(service))) {
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value.replace('/run/secrets', folder)]));
      const { config, notices } = await readConfig({ env: { ...env, MILLRACE_DATA: folder }, workingDirectory: folder });
      expect(notices, name).to.deep.equal([]);
      expect(config.profile).to.equal('cluster');
      expect(config.kafka.brokers).to.deep.equal(['kafka:9092']);
      expect(config.elasticsearch.password).to.match(/^[0-9a-f]{40}$/);
      expect(config.s3.secretKey).to.match(/^[0-9a-f]{40}$/);
    }
  }));

  it('has a worker for every stage, and reaches every server by its name', () => {
    const workers = entries(file).filter(([, service]) => isMillrace(service));
    const stages = workers.filter(([, { profiles }]) => profiles === undefined).flatMap(([, { environment }]) => environment?.['MILLRACE_STAGES']?.split(',') ?? []);
    expect(stages.sort()).to.deep.equal([...STAGES].sort());
    for (const [name, { environment = {}, networks = [] }] of workers) {
      expect(networks, name).to.deep.equal(['backend']);
      for (const address of ['MILLRACE_SCHEMA_REGISTRY', 'MILLRACE_ELASTICSEARCH', 'MILLRACE_S3_ENDPOINT']) {
        const { hostname } = new URL(environment[address] ?? '');
        expect(file.services[hostname]?.networks, `${name}: ${address}`).to.include('backend');
      }
      // A browser does not know the names of services: it comes through the port that the host publishes.
      expect(file.services['minio']?.ports, name).to.include(`${new URL(environment['MILLRACE_S3_PUBLIC_ENDPOINT'] ?? '').host}:9000`);
    }
  });

  it('keeps the state of stages with stores in a volume, and gives scaled workers none to share', () => {
    for (const [name, { environment = {}, volumes, tmpfs = [] }] of entries(file).filter(([, service]) => isMillrace(service))) {
      const stateful = name === 'inbox' || /admit|assemble|index/.test(environment['MILLRACE_STAGES'] ?? '');
      expect(volumes, name).to.deep.equal(stateful ? [`${name}-state:/var/lib/millrace`] : undefined);
      expect(tmpfs.some((mount) => mount.startsWith('/var/lib/millrace:')), name).to.equal(!stateful);
    }
  });
});
