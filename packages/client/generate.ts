// `pnpm client:generate`: writes src/generated/schema.ts from the API's OpenAPI document. A test keeps the file equal to it.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';

export const GENERATED = fileURLToPath(new URL('src/generated/schema.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The types of every path, parameter, body and answer, as source text. */
export async function makeSchemaSource(): Promise<string> {
  const args = ['--import', 'tsx', 'apps/api/src/document-cli.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 ** 2 });
  const nodes = await openapiTypescript(JSON.parse(stdout) as OpenAPI3, {
    alphabetize: true,
    defaultNonNullable: false,
  });
  return `// Made from the OpenAPI document by \`pnpm client:generate\`. Not to be edited.\n${astToString(nodes)}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeFile(GENERATED, await makeSchemaSource());
