/** Options of the object store: optional outside, complete inside. */
import { z } from 'zod';
import { MillraceError } from '../../ports/index.ts';

const isOrigin = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
};

const endpoint = z.url({ protocol: /^https?$/ }).refine(isOrigin, 'give scheme, host and port only, and the keys by `accessKey` and `secretKey`');

const optionsSchema = z.strictObject({
  /** `http://host:9000` or `https://s3.eu-central-1.amazonaws.com`: no path, no password in it. */
  endpoint,
  /** The same server as browsers reach it: links begin with it. @default endpoint */
  publicEndpoint: endpoint.optional(),
  region: z.string().min(1).default('us-east-1'),
  accessKey: z.string().min(1),
  secretKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  /** Whether a bucket is a part of the path (MinIO, SeaweedFS) or of the host's name. */
  pathStyle: z.boolean().default(true),
  /** For https: whom to trust instead of the system's authorities. PEM. */
  ca: z.string().min(1).optional(),
  /** How long a connection may be silent; so ends one that is half open. */
  requestTimeoutMs: z.int().positive().default(30_000),
});

/** `endpoint`, `accessKey` and `secretKey` are required. */
export type S3Options = z.input<typeof optionsSchema>;
export type CompiledS3Options = z.output<typeof optionsSchema>;

export function compileS3Options(options: S3Options): CompiledS3Options {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the object store: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
