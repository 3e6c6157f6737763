// Lint rules: strict TypeScript, the import walls between folders, and no import cycles.
import importX from 'eslint-plugin-import-x';
import { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Which folders a folder may import from. Imports run one way (docs/ARCHITECTURE.md, "Walls"):
 * ops -> topology/media -> processors, topology/{runtime,dsl,graph} -> state, schemas -> connectors/ports.
 */
const ENGINE = ['./topology/dsl', './topology/graph', './topology/runtime', './topology/testing'];
const MEDIA = ['./topology/media', './processors'];
const VENDORS = ['avro', 'elasticsearch', 'embedded', 'kafka', 'minio', 'producer', 'registry'].map((name) => `./connectors/${name}`);
/** All vendors but these. */
const vendorsWithout = (...names) => VENDORS.filter((folder) => !names.some((name) => folder === `./connectors/${name}`));

const walls = [
  { target: './connectors/ports', from: ['./topology', './processors', './state', './schemas', './ops', ...VENDORS] },
  { target: './schemas', from: ['./topology', './processors', './state', './ops', ...VENDORS] },
  { target: './state', from: ['./topology', './processors', './schemas', './ops', ...VENDORS] },
  { target: ENGINE, from: [...MEDIA, './schemas', './ops', ...VENDORS] },
  { target: './processors', from: ['./topology', './ops', ...VENDORS] },
  { target: './topology/media', from: ['./ops', ...VENDORS] },
  { target: './connectors/avro', from: ['./topology', './processors', './state', './schemas', './ops', ...vendorsWithout('avro')] },
  { target: './connectors/elasticsearch', from: ['./topology', './processors', './state', './schemas', './ops', ...vendorsWithout('elasticsearch')] },
  { target: './connectors/embedded', from: ['./topology', './processors', './schemas', './ops', ...vendorsWithout('embedded', 'avro')] },
  { target: './connectors/kafka', from: ['./topology', './processors', './schemas', './ops', ...vendorsWithout('kafka')] },
  { target: './connectors/minio', from: ['./topology', './processors', './state', './schemas', './ops', ...vendorsWithout('minio')] },
  { target: './connectors/producer', from: ['./topology', './processors', './state', './ops', ...vendorsWithout('producer', 'kafka', 'registry', 'minio')] },
  { target: './connectors/registry', from: ['./topology', './processors', './schemas', './ops', ...vendorsWithout('registry', 'avro')] },
];

/** Vendor packages, and the only folders that may import each of them: everybody else goes through a port. */
const vendorPackages = {
  kafkajs: ['connectors/kafka/client/kafkajs/**'],
  'kafkajs-snappy': ['connectors/kafka/client/**'],
  '@node-rs/crc32': ['connectors/kafka/client/records/**'],
  'lz4-napi': ['connectors/kafka/client/**'],
  '@toondepauw/node-zstd': ['connectors/kafka/client/**'],
  '@platformatic/kafka': ['connectors/kafka/client/platformatic/**'],
  'platformatic-kafka-2': ['connectors/kafka/client/platformatic/**'],
  '@kafkajs/confluent-schema-registry': ['connectors/registry/**'],
  rocksdb: ['state/backends/**'],
  '@nxtedition/rocksdb': ['state/backends/**'],
  avsc: ['schemas/**', 'connectors/avro/**'],
  'onnxruntime-node': ['processors/inference/**'],
  'fluent-ffmpeg': ['processors/decode/ffmpeg/**'],
  sharp: ['processors/**'],
  libsql: ['connectors/embedded/search/**'],
  '@elastic/elasticsearch': ['connectors/elasticsearch/**'],
  minio: ['connectors/minio/**'],
  '@opentelemetry/api': ['topology/runtime/telemetry/**', 'ops/telemetry/**'],
  ...Object.fromEntries(['context-async-hooks', 'core', 'exporter-prometheus', 'exporter-trace-otlp-http', 'resources', 'sdk-metrics', 'sdk-trace-base'].map((name) => [`@opentelemetry/${name}`, ['ops/telemetry/**']])),
};
const forbid = (names) => ({
  'no-restricted-imports': ['error', { paths: names.map((name) => ({ name, message: 'This vendor stands behind a port (docs/ARCHITECTURE.md, "Walls").' })) }],
});
/** Narrow folders after wide ones: the last rule that matches a file is the one that holds. */
const vendorFolders = [...new Set(Object.values(vendorPackages).flat())].sort((a, b) => a.length - b.length);

export default tseslint.config(
  { ignores: ['node_modules/', '.millrace/', '**/*.gen.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })], 'import-x/extensions': ['.ts'], 'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: walls }],
    },
  },
  { files: ['{topology,processors,schemas,state,connectors,ops,examples}/**/*.ts'], rules: forbid(Object.keys(vendorPackages)) },
  ...vendorFolders.map((folder) => ({
    files: [`${folder}/*.ts`],
    rules: forbid(Object.keys(vendorPackages).filter((name) => !vendorPackages[name].some((allowed) => folder.startsWith(allowed.slice(0, -2))))),
  })),
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
);
