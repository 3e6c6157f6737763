/** A string that is equal for equal keys, whatever their type. */
export function keyIdentity(key: unknown): string {
  if (typeof key === 'string') return key;
  if (Buffer.isBuffer(key)) return key.toString('latin1');
  const json = JSON.stringify(key, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)) as string | undefined;
  return json ?? String(key);
}
