/**
 * The checksum of record batches (CRC-32C, Castagnoli). Node's zlib has only the other CRC-32. One by tables in JavaScript,
 * eight bytes at a time, takes several times as long as the whole rest of an encoder; this one takes half of it, so that
 * what is read can be checked too.
 */
export { crc32c } from '@node-rs/crc32';
