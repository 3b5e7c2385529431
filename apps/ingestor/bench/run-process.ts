// Runs a program to its end and tells how long it took. Knows nothing of databases.
import { spawn } from 'node:child_process';

export interface Ran {
  readonly stdout: string;
  readonly ms: number;
}

/** @throws Error with what the program wrote to stderr, when it fails */
export function runProcess(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly cwd?: string } = {},
): Promise<Ran> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => errors.push(data));
    child.once('error', reject);
    child.once('close', (code) => {
      const ms = performance.now() - startedMs;
      if (code === 0) resolve({ stdout: Buffer.concat(output).toString(), ms });
      else reject(new Error(`${program} ended with ${code}: ${Buffer.concat(errors).toString().slice(-2_000)}`));
    });
    child.stdin.end(options.input ?? '');
  });
}
