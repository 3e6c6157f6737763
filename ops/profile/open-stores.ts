/** Opens the index, the blobs and the sources of media: on the servers that the configuration names, or in the data directory. */
import { openElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import { openFileBlobStore, openSearchIndex } from '../../connectors/embedded/index.ts';
import { openMinioBlobStore, openS3Client, s3Sources } from '../../connectors/minio/index.ts';
import type { BlobStore, EventIndex, SearchIndex, SourceOpeners } from '../../connectors/ports/index.ts';
import { FILE_SOURCES, fileSourcesIn } from '../../processors/decode/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { elasticsearchOf, s3Of } from './servers.ts';

export interface OpenedIndex {
  /** Closes both. */
  readonly searchIndex: SearchIndex;
  /** Where Elasticsearch is the index. */
  readonly eventIndex?: EventIndex;
}

/** @throws MillraceError MILL_INDEX_MISSING (readOnly), MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED */
export async function openIndex(config: Config, paths: Paths, { readOnly = false }: { readonly readOnly?: boolean } = {}): Promise<OpenedIndex> {
  const options = elasticsearchOf(config);
  if (options === null) return { searchIndex: await openSearchIndex({ directory: paths.index, readOnly }) };
  const index = await openElasticsearchIndex({ ...options, readOnly });
  return { searchIndex: index, eventIndex: index };
}

/** @throws MillraceError MILL_BLOBS_UNAVAILABLE, MILL_BLOBS_REFUSED */
export async function openBlobs(config: Config, paths: Paths): Promise<BlobStore> {
  const options = s3Of(config);
  return options === null ? openFileBlobStore({ directory: paths.blobs }) : openMinioBlobStore({ client: openS3Client(options), bucket: config.s3.blobBucket });
}

/** Files of this machine (where the configuration names folders, those below them), and objects of the object store that is configured. */
export function openSources(config: Config): SourceOpeners {
  const options = s3Of(config);
  const files = config.sourceFolders === undefined ? FILE_SOURCES : fileSourcesIn(config.sourceFolders);
  return options === null ? files : { ...files, ...s3Sources(openS3Client(options)) };
}
