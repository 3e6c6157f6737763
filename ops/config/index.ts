/** The configuration: one file, the environment and the command line, checked against one table of settings. */
export type { Config, SettingPath } from './config.ts';
export { explain, type Explained } from './explain.ts';
export type { Origin } from './given.ts';
export type { PemFile } from './kinds.ts';
export { chosenPath, readLayers, type ConfigSources, type Layers } from './layers.ts';
export { readConfig, type LoadedConfig, type ReadConfigOptions } from './read-config.ts';
export { configurationReference } from './reference.ts';
export type { FindStack } from './stack-settings.ts';
