/** Models on this machine: fetching, building, listing and verifying them. */
export { fetchModels, type FetchedModel, type FetchOptions } from './fetch-models.ts';
export { listModels, type ListedModel, type ListOptions } from './list-models.ts';
