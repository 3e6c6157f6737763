/** Avro schemas as JSON, as far as code generation reads them. */

export interface AvroField {
  readonly name: string;
  readonly type: AvroJson;
  readonly doc?: string;
  readonly default?: unknown;
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
}

export interface AvroArray {
  readonly type: 'array';
  readonly items: AvroJson;
}

export interface AvroMap {
  readonly type: 'map';
  readonly values: AvroJson;
}

export type AvroNamed = AvroRecord | AvroEnum;

/** A primitive or a reference by name is a string, a union an array. */
export type AvroJson = string | readonly AvroJson[] | AvroNamed | AvroArray | AvroMap;

export const isUnion = (schema: AvroJson): schema is readonly AvroJson[] => Array.isArray(schema);
