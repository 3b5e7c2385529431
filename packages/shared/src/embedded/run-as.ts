// Runs the server's programs as a user that PostgreSQL accepts: ourselves, or, for root, the owner of the cluster or the user `postgres`.
import { spawn, spawnSync } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Fault } from '../errors.ts';

const USER = 'postgres';

export interface Runner {
  /** Runs a program to its end and returns what it printed. @throws Error with `stdout` and `stderr` */
  run(program: string, args: readonly string[]): Promise<string>;
  /** Gives a file or folder to the user the server runs as. */
  own(path: string): Promise<void>;
}

/** `dir`: the folder of the cluster. `reach`: paths that the server's user must be able to reach. */
export async function makeRunner(dir: string, reach: readonly string[]): Promise<Runner> {
  if (userInfo().uid !== 0) {
    return { run: (program, args) => execute(program, args), own: async () => undefined };
  }
  checkSetpriv();
  // A cluster that an ordinary user made stays that user's, so that both can go on using it.
  const owner = await stat(dir);
  const { uid, gid } = owner.uid !== 0 ? owner : (findUser() ?? createUser());
  const asUser = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const prefix = PASS_FOLDERS.map((rights) => [...asUser, ...rights]).find((each) => canReach(each, reach));
  if (prefix === undefined) {
    throw new Fault(
      'embedded_failed',
      `The user with number ${uid}, who must run it in place of root, cannot reach ${reach.join(' and ')}: put the folder where it can, or set DATABASE_URL.`,
    );
  }
  return {
    run: (program, args) => execute('setpriv', [...prefix, program, ...args]),
    own: (path) => chown(path, uid, gid),
  };
}

/** access(2), with which PostgreSQL looks at its own programs, counts a right only where this bit is set: capabilities(7), securebits. */
const COUNT_IN_ACCESS = ['--securebits', '+no_setuid_fixup'];

const keepRight = (name: string): string[] => [
  ...['--inh-caps', `+${name}`, '--ambient-caps', `+${name}`],
  ...COUNT_IN_ACCESS,
];

/**
 * Rights of root that let the server pass through folders which only root may enter (a clone in /root, or in a temporary folder), the
 * least first: none, reading anything, and, as containers often withhold that, writing anything: capabilities(7).
 */
const PASS_FOLDERS = [[], keepRight('dac_read_search'), keepRight('dac_override')];

/** @throws Fault embedded_failed */
function checkSetpriv(): void {
  if (spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).error === undefined) return;
  throw new Fault(
    'embedded_failed',
    'PostgreSQL does not run as root, and the program `setpriv` (package util-linux), which starts it as another user, is missing: ' +
      'install it, start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Asked by listing, as that needs what the server needs: to pass, and to read. */
function canReach(prefix: readonly string[], paths: readonly string[]): boolean {
  return paths.every(
    (path) => spawnSync('setpriv', [...prefix, 'ls', path], { stdio: 'ignore', cwd: '/' }).status === 0,
  );
}

function findUser(): { uid: number; gid: number } | undefined {
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, USER], { encoding: 'utf8' }));
  if (ids.some((id) => id.status !== 0)) return undefined;
  return { uid: Number(ids[0]?.stdout), gid: Number(ids[1]?.stdout) };
}

function createUser(): { uid: number; gid: number } {
  const made = spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    USER,
  ]);
  const user = findUser();
  if (user === undefined) {
    throw new Fault(
      'embedded_failed',
      `PostgreSQL does not run as root, and the user ${USER} could not be made: ${String(made.stderr ?? made.error)}`,
    );
  }
  return user;
}

function execute(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // The server must not think that a terminal or a locale of ours is its own.
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
      // In a session of its own: a Ctrl-C is not to break off a start or a stop half way.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(Object.assign(new Error(`${program} ended with ${code}: ${stderr.trim()}`), { stdout, stderr }));
    });
  });
}
