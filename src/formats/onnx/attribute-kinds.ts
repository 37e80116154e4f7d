/** AttributeProto.AttributeType by kind; each kind's value lies in the field of the same name of the schema table. */
export const ATTRIBUTE_TYPES = {
  float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8, tensors: 9, graphs: 10,
} as const; // biome-ignore format: one line reads as one row

export type AttributeKind = keyof typeof ATTRIBUTE_TYPES;

export const ATTRIBUTE_KINDS = Object.keys(ATTRIBUTE_TYPES) as AttributeKind[];
