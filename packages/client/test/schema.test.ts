import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { GENERATED, makeSchemaSource } from '../generate.ts';

test('the generated types are those of the document: `pnpm client:generate` writes them', async () => {
  expect(await readFile(GENERATED, 'utf8')).toBe(await makeSchemaSource());
});
