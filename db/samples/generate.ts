// `pnpm samples:generate --year 2025 --out DIR [--small]`: writes sample files. The same arguments always give the same bytes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { planSmall, planYear } from './plan.ts';

/** Writes the sample files of `year` into `folder` and says which. */
export async function generateSamples(year: number, folder: string, small: boolean): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const samples = small ? planSmall(year) : planYear(year);
  for (const { name, make } of samples) await writeFile(join(folder, name), make());
  return samples.map(({ name }) => name);
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { year: { type: 'string' }, out: { type: 'string' }, small: { type: 'boolean', default: false } },
  });
  const year = Number(values.year ?? '2025');
  if (!Number.isInteger(year) || year < 1998 || year > 2100) throw new RangeError('--year is a year from 1998 to 2100');
  if (values.out === undefined) throw new RangeError('--out DIR says where the files go');
  const names = await generateSamples(year, values.out, values.small);
  process.stdout.write(names.map((name) => `${join(values.out ?? '', name)}\n`).join(''));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nusage: pnpm samples:generate --year 2025 --out DIR [--small]\n`);
    process.exitCode = 2;
  }
}
