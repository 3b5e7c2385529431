// `pnpm mappings list|show|lint|test`: the mapping tool.
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { Fault, makeFault } from '@cei-inoe/shared/errors';
import { runMappingTests } from '../compose/try-mapping.ts';
import { type BrokenMapping, listMappings } from '../mapping/list-mappings.ts';
import { readMapping } from '../mapping/read-mapping.ts';
import type { Mapping } from '../model/mapping.ts';
import { describeAsData, formatTable, green, red, writeData, writeFault, writeJson, writeText } from './output.ts';

interface Flags {
  readonly json?: boolean;
}

export async function showList(userDir: string | undefined, flags: Flags): Promise<number> {
  const { mappings, broken } = await listMappings(userDir);
  if (flags.json === true) {
    writeJson(
      mappings.map((m) => ({
        name: m.name,
        origin: m.origin,
        dataset: m.dataset.name,
        columns: m.columns.map((c) => c.header),
        sha256: m.sha256,
      })),
    );
  } else {
    const lines = mappings.map((m) => [
      m.name,
      m.origin,
      m.dataset.name,
      m.columns
        .map((c) => c.header)
        .join(', ')
        .slice(0, 80),
    ]);
    writeData(`${formatTable(['mapping', 'from', 'dataset', 'columns'], lines)}\n`);
  }
  writeBroken(broken);
  return broken.length > 0 ? 3 : 0;
}

function writeBroken(broken: readonly BrokenMapping[]): void {
  for (const { path, fault } of broken) {
    writeText(red(`✗ ${path}`));
    writeFault(fault);
  }
}

async function findMapping(userDir: string | undefined, name: string): Promise<Mapping> {
  const { mappings, broken } = await listMappings(userDir);
  const found = mappings.find((m) => m.name === name);
  if (found !== undefined) return found;
  throw (
    broken.find((b) => b.name === name)?.fault ?? new Fault('mapping_unknown', `There is no mapping called ${name}.`)
  );
}

export async function showMapping(userDir: string | undefined, name: string, flags: Flags): Promise<number> {
  const { yaml, origin, sha256, dataset } = await findMapping(userDir, name);
  if (flags.json === true) writeJson({ name, origin, dataset: dataset.name, sha256, yaml });
  else writeData(yaml);
  return 0;
}

interface Linted {
  readonly file: string;
  readonly fault: Fault | undefined;
}

/** Checks mapping files, or all that are in use. Exit 3 when one is not valid. */
export async function lintMappings(
  userDir: string | undefined,
  files: readonly string[],
  flags: Flags,
): Promise<number> {
  const linted = files.length === 0 ? await lintInUse(userDir) : await Promise.all(files.map(lintFile));
  const invalid = linted.filter((each) => each.fault !== undefined).length;
  if (flags.json === true) {
    writeJson(linted.map(({ file, fault }) => ({ file, error: fault === undefined ? null : describeAsData(fault) })));
  }
  for (const { file, fault } of linted) {
    writeText(fault === undefined ? `${green('✓')} ${file}` : red(`✗ ${file}`));
    if (fault !== undefined) writeFault(fault);
  }
  writeText(`${linted.length - invalid} valid, ${invalid} not`);
  return invalid > 0 ? 3 : 0;
}

async function lintInUse(userDir: string | undefined): Promise<Linted[]> {
  const { mappings, broken } = await listMappings(userDir);
  return [
    ...mappings.map(({ name, origin }) => ({ file: `${name} (${origin})`, fault: undefined })),
    ...broken.map(({ path, fault }) => ({ file: path, fault })),
  ];
}

const lintFile = (file: string): Promise<Linted> =>
  readFileAsMapping(file).then(
    () => ({ file, fault: undefined }),
    (error: unknown) => ({ file, fault: makeFault(error) }),
  );

async function readFileAsMapping(file: string): Promise<Mapping> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  const yaml = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('file_not_found', `${path} cannot be read.`, { cause: error });
  });
  return readMapping(basename(path, extname(path)), yaml, 'user');
}

/** Runs the tests inside the mappings named (names or files), or inside all. Exit 1 when one fails. */
export async function testMappings(
  userDir: string | undefined,
  names: readonly string[],
  flags: Flags,
): Promise<number> {
  const inUse = names.length === 0 ? await listMappings(userDir) : undefined;
  writeBroken(inUse?.broken ?? []);
  const mappings =
    inUse?.mappings ??
    (await Promise.all(
      names.map((name) => (/\.ya?ml$/.test(name) ? readFileAsMapping(name) : findMapping(userDir, name))),
    ));
  const results = (await Promise.all(mappings.map(runMappingTests))).flat();
  const failed = results.filter((r) => r.complaints.length > 0);
  if (flags.json === true) writeJson(results);
  for (const { mapping, test, complaints } of failed)
    writeText(red(`✗ ${mapping}, test ${test}:\n  ${complaints.join('\n  ')}`));
  writeText(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) return 1;
  return (inUse?.broken.length ?? 0) > 0 ? 3 : 0;
}
