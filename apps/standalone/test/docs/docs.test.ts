// Every block of the documentation does what its page says, on one system that runs for all of them.
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openPool } from '@cei-inoe/shared/database';
import { openDatabaseUrl } from '@cei-inoe/shared/embedded';
import { ROOT } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeChecker } from './check-commands.ts';
import { fillNames, isAsWritten, type Names } from './compare.ts';
import type { How, Run } from './entries.ts';
import { type Block, countFences, listBlocks, listSteps } from './read-blocks.ts';
import { TABLE } from './table.ts';
import { startTrialSystem, type TrialSystem } from './trial-system.ts';

const blocks = listBlocks();
const listOf = (block: Block): readonly How[] =>
  (TABLE[block.page] ?? []).filter(({ begins }) => block.text.startsWith(begins));

test('every block of every page is in the table, and the table has no other', () => {
  const unlisted = blocks.filter((block) => listOf(block).length !== 1);
  expect(unlisted.map(({ page, line, text }) => `${page}:${line} ${text.split('\n')[0]}`)).toEqual([]);
  const unused = Object.entries(TABLE).flatMap(([page, list]) =>
    list
      .filter(
        ({ begins }) => blocks.filter((block) => block.page === page && block.text.startsWith(begins)).length !== 1,
      )
      .map(({ begins }) => `${page}: ${begins}`),
  );
  expect(unused).toEqual([]);
});

test('every fence belongs to a block that was found', () => {
  const wrong = countFences().filter(
    ({ page, fences }) => fences !== 2 * blocks.filter((block) => block.page === page).length,
  );
  expect(wrong).toEqual([]);
});

let system: TrialSystem;
let check: ReturnType<typeof makeChecker>;
beforeAll(async () => {
  system = await startTrialSystem();
  check = makeChecker(system);
}, 120_000);
afterAll(() => system?.stop());

async function runBlock(block: Block, how: Run, names: Names): Promise<void> {
  if (how.before !== undefined) {
    const made = await system.run(how.before);
    expect(made.code, made.text).toBeOneOf([0, 3]);
  }
  const steps = how.command === undefined ? listSteps(block) : [{ command: how.command, output: block.text.trim() }];
  for (const { command, output } of steps) {
    if (how.unrun?.test(command) === true) {
      expect(await check(command), command).toEqual([]);
      continue;
    }
    const { code, text } = await system.run(fillNames(command, names));
    expect(code, `${command}\n${text}`).toBeOneOf([0, 3, how.exits ?? 0]);
    if (output === '' || isAsWritten(text, output, how.vary ?? [], names)) continue;
    expect(text, `${block.page}:${block.line} $ ${command}`).toBe(output);
  }
  if (how.after !== undefined) await system.run(how.after);
}

async function explainSql({ text }: Block): Promise<void> {
  const { url } = await openDatabaseUrl({ DATABASE_URL: undefined, DATA_DIR: join(system.dir, 'data') });
  const pool = openPool(url, { applicationName: 'docs', max: 1 });
  const connection = await pool.connect();
  await connection.query('BEGIN');
  for (const statement of text.replace(/--.*$/gm, '').split(';')) {
    if (statement.trim() === '') continue;
    const isQuery = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/.test(statement);
    await connection.query('SAVEPOINT before');
    await connection.query(`${isQuery ? 'EXPLAIN ' : ''}${statement}`).catch(async (error: { code?: string }) => {
      // It was understood; a database of that name is not here, or is this one.
      if (isQuery || !['3D000', '0A000', '55006'].includes(error.code ?? '')) throw error;
      await connection.query('ROLLBACK TO before');
    });
  }
  await connection.query('ROLLBACK');
  connection.release();
  await pool.end();
}

/** What is held against a block by its kind. */
const CHECKS = {
  start(block: Block): void {
    const [step] = listSteps(block);
    const printed = system.started().replaceAll(/:\d{4,5}\b/g, ':8000');
    const vary = [/\/\S+?(?=\/data)/, /PostgreSQL \d+/, /\d+ migrations/];
    expect(isAsWritten(printed, step?.output ?? '', vary, new Map()), printed).toBe(true);
  },
  tree(block: Block): void {
    const lines = block.text.trim().split('\n');
    const paths = lines.flatMap((line) => (/\s{2}/.test(line) ? [line.split(' ')[0] ?? ''] : line.split(', ')));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  },
  async picture(block: Block): Promise<void> {
    const document = (await (await fetch(`${system.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const tables = readFileSync(join(ROOT, 'db/schema/catalog.txt'), 'utf8');
    const routes = [...block.text.matchAll(/\b(GET|POST) (\/\S+)/g)];
    expect(routes.length).toBeGreaterThan(0);
    for (const [, method = '', path = ''] of routes)
      expect(document.paths[path], path).toHaveProperty(method.toLowerCase());
    for (const [name] of block.text.matchAll(/\bingest_\w+/g)) expect(tables).toContain(`\ntable ${name}:`);
  },
  metrics(block: Block): void {
    const source = readFileSync(join(ROOT, 'apps/ingestor/src/metrics/metrics.ts'), 'utf8');
    for (const [, name = ''] of block.text.matchAll(/^(\w+?)(?:_sum|_count|_bucket)?\{/gm))
      expect(source).toContain(`'${name}'`);
  },
  async problem(block: Block): Promise<void> {
    const answer = await fetch(`${system.url}/energy/hourly?external_id=meter-99`);
    const [body, written] = [(await answer.json()) as object, JSON.parse(block.text) as Record<string, unknown>];
    expect(Object.keys(written).sort()).toEqual(Object.keys(body).sort());
    for (const name of ['type', 'title', 'status', 'detail', 'code', 'errors', 'instance'])
      expect(body).toHaveProperty(name, written[name]);
  },
  async seed(block: Block): Promise<void> {
    await writeFile(join(system.dir, 'seed.yaml'), block.text);
    await expectDone('pnpm seed seed.yaml --dry-run');
  },
  async mapping(block: Block, how: How): Promise<void> {
    const before = how.how === 'mapping' ? (how.before ?? '') : '';
    await writeFile(join(system.dir, 'page.yaml'), before + block.text);
    await expectDone('pnpm mappings lint page.yaml');
    if (/^tests:/m.test(block.text)) await expectDone('pnpm mappings test page.yaml');
  },
} as const;

async function expectDone(command: string): Promise<void> {
  const { code, text } = await system.run(command);
  expect(code, text).toBe(0);
}

// In the order of the pages, as a reader goes through them.
describe.each([...new Set(blocks.map(({ page }) => page))])('%s', (page) => {
  const names: Names = new Map();
  test.each(
    blocks
      .filter((block) => block.page === page)
      .map((block) => [block.line, block.text.split('\n')[0], block] as const),
  )('line %i: %s', async (_line, _first, block) => {
    const [how] = listOf(block);
    if (how === undefined) expect.unreachable('it is not in the table');
    if (how.how === 'run') await runBlock(block, how, names);
    else if (how.how === 'sql') await explainSql(block);
    else if (how.how === 'elsewhere') expect(readFileSync(join(ROOT, how.test), 'utf8')).toContain(basename(page));
    else if (how.how === 'commands')
      for (const { command } of listSteps(block)) expect(await check(command), command).toEqual([]);
    else await CHECKS[how.how](block, how);
  });
});
