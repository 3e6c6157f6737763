const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The order of an object's properties says nothing. */
function canonical(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** A string that is equal for equal keys, whatever their type. */
export function keyIdentity(key: unknown): string {
  if (typeof key === 'string') return key;
  if (Buffer.isBuffer(key)) return key.toString('latin1');
  const json = JSON.stringify(key, canonical) as string | undefined;
  return json ?? String(key);
}
