// Names a process so that another one which gets its number later is not taken for it. Signals nobody.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';

/** Fields of /proc/PID/stat after the name in parentheses, counted from 0 (proc(5) counts from 3). */
const STATE = 0;
const START_TICKS = 19;

/** The number of a process and the moment it began, as one word; undefined where there is none (any more). */
export function markProcess(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0 || !isThere(pid)) return undefined;
  const began = platform() === 'linux' ? readBegan(pid) : askBegan(pid);
  return began === undefined ? undefined : `${pid}-${began}`;
}

/** Whether the process of this mark still runs. */
export function isRunning(mark: string): boolean {
  const now = markProcess(Number.parseInt(mark, 10));
  // Where the system does not tell when a process began, its number has to do.
  return now !== undefined && (now === mark || now.endsWith('-unknown') || mark.endsWith('-unknown'));
}

/** This process's own mark. */
export const markSelf = (): string => markProcess(process.pid) ?? `${process.pid}-unknown`;

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined for a process that has ended and waits for its parent only. */
function readBegan(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[STATE] === 'Z' || fields[STATE] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${boot}${fields[START_TICKS]}`;
  } catch {
    return 'unknown';
  }
}

function askBegan(pid: number): string {
  const asked = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  return asked.stdout?.replaceAll(/\W/g, '') || 'unknown';
}
