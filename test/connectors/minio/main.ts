/**
 * The tests of this connector on the real MinIO, which is built where it is missing (a few minutes, once), and those that
 * only MinIO can pass (`*.minio.ts`).
 *
 *     npm run test:minio
 *     npm run test:minio -- --grep 'bad network'
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withS3 } from '../../support/servers.ts';

const SPECS = ['test/connectors/minio/**/*.test.ts', 'test/**/*.minio.ts'];

await withS3({ kind: 'minio', log: (line) => { console.log(line); } }, async ({ endpoint, accessKey, secretKey }) => {
  console.log(`MinIO runs at ${endpoint}`);
  const { protocol, host } = new URL(endpoint);
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', '--config', '.mocharc.engine.json', ...process.argv.slice(2), ...SPECS], {
    stdio: 'inherit',
    env: { ...process.env, MILLRACE_TEST_S3: `${protocol}//${accessKey}:${secretKey}@${host}` },
  });
  const [code] = await once(mocha, 'exit') as [number | null];
  process.exitCode = code ?? 1;
});
