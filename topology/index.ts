/** The engine: the DSL, the runtime and the test driver. */
export * from './dsl/index.ts';
export * from './runtime/index.ts';
export * from './testing/index.ts';
