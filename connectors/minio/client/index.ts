/** S3 as the rest of this connector uses it. */
export { openS3Client } from './s3-client.ts';
export { isBucketName, isObjectKey } from './names.ts';
export type { GetOptions, ObjectStat, PutOptions, RawRequest, S3Client } from './types.ts';
export { encodeQuery } from './listing.ts';
export type { ListedObject } from './listing.ts';
export { S3Refusal } from './failure.ts';
export type { S3Options } from './options.ts';
export type { Uploaded } from './upload.ts';
