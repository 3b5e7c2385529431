// Finds the mappings there are: the built-in ones and the user's own folder, whose files win over built-in ones of the same name.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import type { Mapping } from '../model/mapping.ts';
import { readMapping } from './read-mapping.ts';

export const BUILT_IN_MAPPINGS = fileURLToPath(new URL('../../mappings', import.meta.url));

/** A user's mapping that cannot be used; the others go on working. */
export interface BrokenMapping {
  readonly name: string;
  readonly path: string;
  readonly fault: Fault;
}

export interface MappingList {
  readonly mappings: readonly Mapping[];
  readonly broken: readonly BrokenMapping[];
}

/** Reads every `*.yaml`/`*.yml` of the built-in folder and of `userDir`. */
export async function listMappings(userDir: string | undefined): Promise<MappingList> {
  const found = new Map<string, Mapping>();
  const broken: BrokenMapping[] = [];
  const files = [...(await readBuiltIn()), ...(userDir === undefined ? [] : await readFolder(userDir, 'user'))];
  for (const { name, path, read } of files) {
    if (read instanceof Fault) {
      found.delete(name);
      broken.push({ name, path, fault: read });
    } else found.set(name, read);
  }
  return { mappings: [...found.values()], broken };
}

interface MappingFile {
  readonly name: string;
  readonly path: string;
  readonly read: Mapping | Fault;
}

let builtIn: readonly MappingFile[] | undefined;

/** They come with the program and stay as they are while it runs: looking at each for every file was a tenth of a small load. */
async function readBuiltIn(): Promise<readonly MappingFile[]> {
  builtIn ??= await readFolder(BUILT_IN_MAPPINGS, 'built-in');
  return builtIn;
}

async function readFolder(dir: string, origin: Mapping['origin']): Promise<MappingFile[]> {
  const files: MappingFile[] = [];
  for (const path of await listYaml(dir)) {
    const name = basename(path, extname(path));
    files.push({ name, path, read: await readOnce(name, path, origin) });
  }
  return files;
}

/** What was read from a file, for as long as the file is the same. */
const known = new Map<string, { readonly seen: string; readonly result: Mapping | Fault }>();

async function readOnce(name: string, path: string, origin: Mapping['origin']): Promise<Mapping | Fault> {
  try {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    const seen = `${mtimeNs} ${size} ${ino}`;
    const before = known.get(path);
    if (before?.seen === seen) return before.result;
    const result = await readFile(path, 'utf8').then((yaml) => attempt(() => readMapping(name, yaml, origin)));
    known.set(path, { seen, result });
    return result;
  } catch (error) {
    if (isMachinery(error)) throw new Fault('config_invalid', `${path} cannot be read.`, { cause: error });
    return makeFault(error);
  }
}

function attempt(read: () => Mapping): Mapping | Fault {
  try {
    return read();
  } catch (error) {
    return makeFault(error);
  }
}

/** A disk that fails for a moment says nothing about the mapping: without it, a file could be taken for another kind. */
const isMachinery = (error: unknown): boolean =>
  ['EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ESTALE', 'ETIMEDOUT'].includes(String((error as NodeJS.ErrnoException).code));

async function listYaml(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    throw new Fault('config_invalid', `MAPPINGS_DIR: the folder ${dir} cannot be read.`, { cause: error });
  });
  return names
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(dir, name));
}
