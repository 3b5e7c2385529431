// `pnpm mappings infer|upgrade|schema`: the commands that write mappings, and what editors need to check them.
import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { inferMapping } from '../compose/infer-mapping.ts';
import { writeMappingSchema } from '../mapping/make-schema.ts';
import { readMapping } from '../mapping/read-mapping.ts';
import { upgradeMapping } from '../mapping/upgrade-mapping.ts';
import { writeInferred } from '../mapping/write-inferred.ts';
import { green, writeData, writeFault, writeJson, writeText, yellow } from './output.ts';

interface Flags {
  readonly json?: boolean;
  readonly write?: boolean;
}

const findPath = (file: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), file);

const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('file_not_found', `${path} cannot be read.`, { cause: error });
  });

/** A first mapping on stdout; what was decided, and what is open, on stderr. Exit 3 while something is open. */
export async function inferFile(file: string, flags: Flags): Promise<number> {
  const path = findPath(file);
  await readFile(path).catch((error: unknown) => {
    throw new Fault('file_not_found', `${path} cannot be read.`, { cause: error });
  });
  const { yaml, decided, open } = writeInferred(await inferMapping(path, basename(path)));
  if (flags.json === true) writeJson({ yaml, decided, open });
  else writeData(yaml);
  for (const each of decided) writeText(`${green('✓')} ${each}`);
  for (const each of open) writeText(`${yellow('?')} ${each}`);
  return open.length > 0 ? 3 : 0;
}

/** The upgraded mapping on stdout (or in its place), what changed on stderr. Exit 3 where it is not valid yet. */
export async function upgradeFile(file: string, flags: Flags): Promise<number> {
  const path = findPath(file);
  const name = basename(path, extname(path));
  const { yaml, changes } = upgradeMapping(name, await readText(path));
  if (flags.write === true) await writeFile(path, yaml);
  const fault = findFault(name, yaml);
  if (flags.json === true) writeJson({ yaml, changes, valid: fault === undefined });
  else if (flags.write !== true) writeData(yaml);
  for (const { line, field, message } of changes) writeText(`${green('✓')} line ${line}: ${field} ${message}`);
  if (changes.length === 0) writeText('Nothing to change.');
  if (fault !== undefined) writeFault(fault);
  return fault === undefined ? 0 : 3;
}

function findFault(name: string, yaml: string): Fault | undefined {
  try {
    readMapping(name, yaml, 'user');
    return undefined;
  } catch (error) {
    return makeFault(error);
  }
}

export function showSchema(): number {
  writeData(writeMappingSchema());
  return 0;
}
