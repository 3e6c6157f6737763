declare module 'kafkajs-snappy' {
  /** Of kafkajs' codecs: it compresses what its encoder holds. */
  export default function snappy(): {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
    decompress(bytes: Buffer): Promise<Buffer>;
  };
}
