/** All that Elasticsearch needs before it starts. */
import { findJavaOfElasticsearch } from '../java.ts';
import type { FetchServersOptions } from '../servers.ts';
import type { ElasticsearchProgram } from './elasticsearch.ts';
import { fetchElasticsearch } from './fetch-elasticsearch.ts';
import { runAsAllowed } from './run-as.ts';

/**
 * Returns soon when all is there.
 * @throws MillraceError MILL_STACK_JAVA_MISSING, MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE, MILL_STACK_FAILED
 */
export async function prepareElasticsearch(options: FetchServersOptions = {}): Promise<ElasticsearchProgram> {
  const [java, runAs] = await Promise.all([findJavaOfElasticsearch(), runAsAllowed()]);
  return { java, runAs, home: await fetchElasticsearch(options) };
}
