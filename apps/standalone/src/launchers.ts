// Notices when the pnpm (or npx) that runs us is gone. Killed, it tells nobody, and everything would run on unseen.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const POLL_MS = 500;
const LAUNCHER = /^(npm|pnpm|npx|corepack)(-cli)?(\.[cm]?js)?$/;
const SHELL = /^(sh|dash|bash|zsh)$/;
/** Field of /proc/PID/stat after the name in parentheses, counted from 0: proc(5), field 4. */
const PARENT = 1;

/** A process and the parent it has for as long as that lives. */
interface Link {
  readonly pid: number;
  readonly parent: number;
}

/** Calls `onGone` once, when one of the processes between us and the command that the user typed has ended. */
export function watchLaunchers(onGone: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const links = listLinks();
  if (links.length === 0) return;
  const timer = setInterval(() => {
    if (links.every(({ pid, parent }) => findParent(pid) === parent)) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
}

/** From us upwards: launchers, and the shells that launchers start. A shell that somebody else started may come and go. */
function listLinks(): Link[] {
  const links: Link[] = [];
  for (let pid = process.pid; links.length < 16; ) {
    const parent = findParent(pid);
    if (parent === undefined || parent <= 1) break;
    const grandparent = findParent(parent);
    const counts = isLauncher(parent) || (isShell(parent) && grandparent !== undefined && isLauncher(grandparent));
    if (!counts) break;
    links.push({ pid, parent });
    pid = parent;
  }
  return links;
}

/** Where there is no /proc only our own parent is known. */
function findParent(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[PARENT]);
  } catch {
    return undefined;
  }
}

/** The words of a command line; npm writes its own as one. */
function readWords(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/);
  } catch {
    return [];
  }
}

const isLauncher = (pid: number): boolean =>
  readWords(pid)
    .slice(0, 2)
    .some((word) => LAUNCHER.test(basename(word)));

function isShell(pid: number): boolean {
  const [program = '', flag] = readWords(pid);
  return SHELL.test(basename(program)) && flag === '-c';
}
