// The JSON Schema of mapping files, for editors: made from the zod types that check them. Reads and writes no mapping.
import { z } from 'zod';
import { mappingSchema } from '../model/mapping-schema.ts';

/** Draft 7, which editors of YAML understand. */
export function makeMappingSchema(): object {
  const schema = z.toJSONSchema(mappingSchema, { target: 'draft-7', io: 'input', reused: 'inline' });
  return {
    ...schema,
    title: 'A mapping of CEI-InOE',
    description: 'How one kind of file becomes rows of one dataset. Every key is described in docs/mappings.md.',
  };
}

export const writeMappingSchema = (): string => `${JSON.stringify(makeMappingSchema(), null, 2)}\n`;
