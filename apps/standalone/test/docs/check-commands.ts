// What can be said of a command without running it: its script, sub-command and flags are known, its route is in the API, its variables are settings.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '@cei-inoe/shared/testing';
import { parse } from 'yaml';
import { SCRIPTS, type TrialSystem } from './trial-system.ts';

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { parameters?: readonly { in: string; name: string }[] }>>>
  >;
}

/** Scripts whose first word is a command of theirs. */
const WITH_COMMANDS = new Set(['batches', 'mappings', 'sources', 'keys', 'migrate', 'migrate:legacy']);
/** Tools of others, which are not asked. */
const FOREIGN = new Set([
  'psql',
  'cp',
  'mkdir',
  'sudo',
  'awk',
  'git',
  'ls',
  'cat',
  'printf',
  'cd',
  'pg_dump',
  'openssl',
  'bash',
]);

const readSources = (): string =>
  [
    'apps/api/src',
    'apps/ingestor/src',
    'apps/standalone/src',
    'apps/migrate/src',
    'packages/shared/src',
    'apps/ingestor/bench',
  ]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    )
    .join('\n');

/** What is wrong with commands that are not run, in words; nothing where all is well. */
export function makeChecker(system: TrialSystem) {
  const sources = readSources();
  const helps = new Map<string, Promise<string>>();
  const readHelp = (words: string): Promise<string> => {
    const known = helps.get(words);
    if (known !== undefined) return known;
    const asked = system.run(`pnpm ${words} --help`).then(({ text }) => text);
    helps.set(words, asked);
    return asked;
  };
  let api: Promise<OpenApi> | undefined;
  const readApi = (): Promise<OpenApi> => {
    api ??= fetch(`${system.url}/openapi.json`).then((answer) => answer.json() as Promise<OpenApi>);
    return api;
  };

  /** A tool that is installed; what begins a path is there. */
  function checkExec([tool = '', ...rest]: readonly string[]): string[] {
    const paths = rest.filter((word) => /^(apps|packages|test)\//.test(word));
    const isThere = (path: string) =>
      readdirSync(join(ROOT, dirname(path))).some((name) => name.startsWith(basename(path)));
    return [
      ...(existsSync(join(ROOT, 'node_modules/.bin', tool)) ? [] : [`there is no ${tool}`]),
      ...paths.filter((path) => !isThere(path)).map((path) => `there is no ${path}`),
    ];
  }

  async function checkPnpm(words: readonly string[]): Promise<string[]> {
    const [script = '', ...rest] = words;
    const flags = rest.flatMap((word) => /^\[?(--[a-z][\w-]*)/.exec(word)?.[1] ?? []);
    const builtIn = ['install', 'exec', 'test', 'dlx'].includes(script);
    if (!builtIn && SCRIPTS[script] === undefined) return [`there is no script ${script}`];
    if (script === 'exec') return checkExec(rest);
    if (builtIn || !/^node .*--import tsx/.test(SCRIPTS[script] ?? '')) return [];
    if (script === 'bench')
      return flags.filter((flag) => !sources.includes(flag.slice(2))).map((flag) => `bench knows no ${flag}`);
    const sub = rest[0] !== undefined && /^[a-z]+$/.test(rest[0]) && WITH_COMMANDS.has(script) ? ` ${rest[0]}` : '';
    if (flags.length === 0 && sub === '') return [];
    const help = await readHelp(`${script}${sub}`);
    const wrong = flags
      .filter((flag) => !new RegExp(`${flag}\\b`).test(help))
      .map((flag) => `${script}${sub} knows no ${flag}`);
    return /^Usage: /m.test(help) || flags.length === 0 ? wrong : [`${script}${sub}: ${help.trim().slice(0, 200)}`];
  }

  async function checkCurl(command: string): Promise<string[]> {
    const address = /(?:localhost:8000|https:\/\/farm\.example)([^\s'"]*)/.exec(command)?.[1];
    if (address === undefined) return [`no address of ours in ${command}`];
    const { pathname, searchParams } = new URL(address, 'http://localhost');
    const { paths } = await readApi();
    const isIt = (path: string) =>
      new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(decodeURIComponent(pathname).replace(/^\/api\/v1/, ''));
    const found = Object.entries(paths).filter(([path]) => isIt(path));
    if (found.length === 0) return [`there is no route ${pathname}`];
    const names = found.flatMap(([, methods]) =>
      Object.values(methods).flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)),
    );
    return [...searchParams.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => `${pathname} takes no ${name}`);
  }

  /** Services, files and flags; that it runs is not proved. */
  function checkDocker(words: readonly string[]): string[] {
    const compose = parse(readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8'), { merge: true }) as {
      services: object;
    };
    const verb = words.find((word) => ['up', 'run', 'ps', 'logs', 'exec', 'down'].includes(word));
    if (words[1] !== 'compose' || verb === undefined) return [`not a command of docker compose: ${words.join(' ')}`];
    const files = words.filter((word) => /\.(ts|yaml)$/.test(word) && !word.includes('/tmp/') && !word.startsWith('$'));
    const gone = files.filter((file) => !existsSync(join(ROOT, file))).map((file) => `there is no ${file}`);
    const named = words.slice(words.indexOf(verb) + 1).find((word) => word in compose.services);
    return ['run', 'logs', 'exec'].includes(verb) && named === undefined ? [...gone, 'it names no service'] : gone;
  }

  function checkVariables(command: string): string[] {
    const set = [...command.matchAll(/(?:^|export |\s)([A-Z][A-Z_]{3,})=/g)].map((found) => found[1] ?? '');
    return set.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources)).map((name) => `${name} is no setting`);
  }

  async function checkOne(part: string): Promise<string[]> {
    const words = part
      .trim()
      .replace(/^(?:export )?(?:[A-Z_]+=("[^"]*"|\S*)\s*)+/, '')
      .split(/\s+/);
    const [program = ''] = words;
    const isFile = (path = '') => (existsSync(join(ROOT, path)) ? [] : [`there is no ${path}`]);
    const known: Readonly<Record<string, () => string[] | Promise<string[]>>> = {
      npx: () =>
        /^pnpm@/.test(words[1] ?? '') ? checkPnpm(words.slice(2)) : isFile(`node_modules/.bin/${words[1] ?? ''}`),
      pnpm: () => checkPnpm(words.slice(1)),
      curl: () => checkCurl(part),
      node: () => isFile(words[1]),
      docker: () => checkDocker(words),
    };
    if (program === '' || FOREIGN.has(program)) return [];
    return known[program]?.() ?? [`what is ${program}?`];
  }

  return async (command: string): Promise<string[]> => {
    const code = command.replace(/\s+# .*$/gm, '');
    // Programs of other languages in quotes have signs of their own.
    const parts = code.startsWith('awk') ? ['awk'] : code.split(/\s(?:&&|\|)\s/);
    return [...checkVariables(code), ...(await Promise.all(parts.map(checkOne))).flat()];
  };
}
