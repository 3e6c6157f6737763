import { expect } from 'chai';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { kibanaFile } from '../../../ops/kibana/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { runCommand, type CommandResult } from '../../../ops/system/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';

interface Request {
  readonly call: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/**
 * Takes the place of servers that no test can start: Kibana, and an Elasticsearch with security. It proves what the
 * scripts ask for, and not that the servers take it.
 */
async function withRecorder(answer: string, use: (url: string, requests: readonly Request[]) => Promise<void>): Promise<void> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => {
      requests.push({ call: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const script = (name: string, env: Readonly<Record<string, string>>): Promise<CommandResult> => runCommand('sh', [projectFile('ops', 'docker', 'setup', name)], { env: { ...process.env, ...env } });

async function withSecrets(use: (folder: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    for (const name of ['elastic_password', 'kibana_password', 'elasticsearch_millrace_password']) await writeFile(path.join(folder, name), `${name}-1\n`);
    await use(folder);
  });
}

const authorization = `Basic ${Buffer.from('elastic:elastic_password-1').toString('base64')}`;

describe('setup scripts of docker-compose.yml', function () {
  this.timeout(180_000);

  it('are shell scripts without an error of form', async () => {
    const names = await readdir(projectFile('ops', 'docker', 'setup'));
    expect(names).to.have.members(['elasticsearch.sh', 'kibana.sh', 'minio.sh', 'schema-registry.sh']);
    for (const name of names) {
      const { exitCode, stderr } = await runCommand('sh', ['-n', projectFile('ops', 'docker', 'setup', name)]);
      expect(exitCode, stderr).to.equal(0);
    }
  });

  it('give a registry the compatibility that Millrace expects, also twice', async () => {
    const { registryUrl } = await sharedKafka();
    for (const round of [1, 2]) {
      const result = await script('schema-registry.sh', { SCHEMA_REGISTRY: registryUrl });
      expect(result.exitCode, `${round}: ${result.stderr}`).to.equal(0);
    }
    expect(await (await fetch(`${registryUrl}/config`)).json()).to.deep.include({ compatibilityLevel: 'BACKWARD' });
  });

  it('make users of Elasticsearch, with the rights they need', () => withSecrets((folder) => withRecorder('{}', async (url, requests) => {
    const result = await script('elasticsearch.sh', { ELASTICSEARCH: url, SECRETS_DIRECTORY: folder });
    expect(result.exitCode, result.stderr).to.equal(0);
    expect(requests.map(({ call }) => call)).to.deep.equal(['POST /_security/user/kibana_system/_password', 'PUT /_security/role/millrace', 'PUT /_security/user/millrace']);
    for (const { headers } of requests) expect(headers.authorization).to.equal(authorization);
    const [kibana, role, user] = requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(kibana).to.deep.equal({ password: 'kibana_password-1' });
    expect(role).to.deep.equal({
      cluster: ['monitor', 'manage_index_templates'],
      indices: [{ names: ['media-*'], privileges: ['manage', 'read', 'write', 'view_index_metadata'] }],
    });
    expect(user).to.deep.equal({ password: 'elasticsearch_millrace_password-1', roles: ['millrace'] });
  })));

  it('bring every saved object to Kibana', () => withSecrets((folder) => withRecorder('{"success":true}', async (url, requests) => {
    const result = await script('kibana.sh', { KIBANA: url, SECRETS_DIRECTORY: folder, OBJECTS_DIRECTORY: projectFile('ops', 'kibana') });
    expect(result.exitCode, result.stderr).to.equal(0);
    const [request] = requests;
    expect(requests.length).to.equal(1);
    expect(request?.call).to.equal('POST /api/saved_objects/_import?overwrite=true');
    expect(request?.headers).to.include({ authorization, 'kbn-xsrf': 'millrace' });
    expect(request?.headers['content-type']).to.match(/^multipart\/form-data; boundary=/);
    expect(request?.body).to.match(/name="file"; filename="millrace\.ndjson"/).and.to.include(kibanaFile());
  })));

  it('fail where Kibana refuses an object, though it answers 200', () => withSecrets((folder) => withRecorder('{"success":false,"errors":[{}]}', async (url) => {
    const result = await script('kibana.sh', { KIBANA: url, SECRETS_DIRECTORY: folder, OBJECTS_DIRECTORY: projectFile('ops', 'kibana') });
    expect(result.exitCode).to.equal(1);
    expect(result.stderr).to.include('refused');
  })));
});
