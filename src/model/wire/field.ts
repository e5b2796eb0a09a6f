import * as z from "zod/mini";

/**
 * A field of what an operation takes, with what it means: whoever calls the operation, a program or a model, reads that in the JSON
 * Schema of the operation.
 */
export function field<Shape extends z.ZodMiniType>(meaning: string, shape: Shape): Shape {
  z.globalRegistry.add(shape, { description: meaning });
  return shape;
}
