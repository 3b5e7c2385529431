// Reads the imports of every source file, as text. Used by the import test only.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface Arrow {
  /** Paths from the root, with forward slashes. */
  readonly from: string;
  /** A file of ours, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function listFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'generated' || entry.name.startsWith('.')) return [];
    const path = join(dir, entry.name);
    return entry.isDirectory() ? listFiles(path) : /\.(ts|mts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/** `@cei-inoe/shared/errors` → `packages/shared/src/errors.ts` */
function resolveImport(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(ROOT, resolve(dirname(file), specifier)).replaceAll('\\', '/');
  const shared = /^@cei-inoe\/shared\/(.+)$/.exec(specifier)?.[1];
  if (shared === 'client') return 'packages/shared/src/generated/client.ts';
  if (shared === 'testing') return 'packages/shared/src/testing/index.ts';
  return shared === undefined ? specifier : `packages/shared/src/${shared}.ts`;
}

/** Every import in the source of the apps and packages (tests left out). */
export function listArrows(): { readonly files: string[]; readonly arrows: Arrow[] } {
  const roots = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name, 'src')),
  );
  const paths = roots.flatMap(listFiles);
  const arrows = paths.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((found) => ({
      from: relative(ROOT, path).replaceAll('\\', '/'),
      to: resolveImport(path, found[2] ?? found[3] ?? found[4] ?? ''),
      typeOnly: found[1] !== undefined,
    })),
  );
  return { files: paths.map((path) => relative(ROOT, path).replaceAll('\\', '/')), arrows };
}

/** A cycle as a list of files, or undefined. */
export function findCycle(arrows: readonly Arrow[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const cycle = walk(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = walk(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
