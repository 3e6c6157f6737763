/** The schema registry inside the process. */
export { openEmbeddedRegistry, type EmbeddedRegistryOptions } from './embedded-registry.ts';
