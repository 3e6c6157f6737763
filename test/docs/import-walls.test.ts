import { expect } from 'chai';
import { ESLint } from 'eslint';
import { projectFile } from '../../ops/paths.ts';

const eslint = new ESLint({ cwd: projectFile() });

/** Rules that complain when `file` imports `what`. The file exists: its text is replaced, not written. */
async function complaints(file: string, what: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`import * as wall from '${what}';\nexport const used = wall;\n`, { filePath: projectFile(file) });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId);
}

const FORBIDDEN: readonly (readonly [file: string, what: string, rule: string])[] = [
  ['topology/runtime/index.ts', '../media/index.ts', 'import-x/no-restricted-paths'],
  ['topology/runtime/index.ts', '../../connectors/embedded/index.ts', 'import-x/no-restricted-paths'],
  ['topology/dsl/index.ts', '../../processors/text/index.ts', 'import-x/no-restricted-paths'],
  ['topology/graph/index.ts', '../../schemas/index.ts', 'import-x/no-restricted-paths'],
  ['state/index.ts', '../topology/index.ts', 'import-x/no-restricted-paths'],
  ['schemas/index.ts', '../state/index.ts', 'import-x/no-restricted-paths'],
  ['processors/vision/index.ts', '../../topology/index.ts', 'import-x/no-restricted-paths'],
  ['topology/media/index.ts', '../../ops/paths.ts', 'import-x/no-restricted-paths'],
  ['connectors/ports/index.ts', '../../state/index.ts', 'import-x/no-restricted-paths'],
  ['connectors/embedded/index.ts', '../../topology/index.ts', 'import-x/no-restricted-paths'],
  ['topology/runtime/index.ts', '../../connectors/registry/index.ts', 'import-x/no-restricted-paths'],
  ['schemas/index.ts', '../connectors/registry/index.ts', 'import-x/no-restricted-paths'],
  ['connectors/registry/index.ts', '../../schemas/index.ts', 'import-x/no-restricted-paths'],
  ['schemas/index.ts', '@kafkajs/confluent-schema-registry', 'no-restricted-imports'],
  ['topology/runtime/index.ts', 'rocksdb', 'no-restricted-imports'],
  ['state/index.ts', '@nxtedition/rocksdb', 'no-restricted-imports'],
  ['processors/text/index.ts', 'onnxruntime-node', 'no-restricted-imports'],
  ['topology/media/index.ts', 'fluent-ffmpeg', 'no-restricted-imports'],
  ['ops/paths.ts', 'libsql', 'no-restricted-imports'],
  ['topology/runtime/task.ts', '@opentelemetry/api', 'no-restricted-imports'],
  ['topology/runtime/telemetry/index.ts', '@opentelemetry/sdk-metrics', 'no-restricted-imports'],
  ['processors/lineage.ts', './insight.ts', 'import-x/no-cycle'],
];

describe('import walls', function () {
  this.timeout(120_000);
  for (const [file, what, rule] of FORBIDDEN) {
    it(`${file} must not import ${what}`, async () => {
      expect(await complaints(file, what)).to.include(rule);
    });
  }

  it('lets a folder import what lies below it', async () => {
    expect(await complaints('topology/media/index.ts', '../../processors/text/index.ts')).to.deep.equal([]);
  });
});
