// Asks the API how it is: the one that runs, else one started for the moment. Changes nothing.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Check, fail, pass } from './check.ts';
import { startChild } from './child.ts';

const API = 'apps/api/src/cli.ts';
const ASK_MS = 5_000;
const START_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(url: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** @param dataDir a folder that the started one may use */
export async function checkHealth(databaseUrl: string, dataDir: string): Promise<Check[]> {
  const { HOST = '127.0.0.1', PORT = '8000' } = process.env;
  const running = `http://${/^(0\.0\.0\.0|::|)$/.test(HOST) ? '127.0.0.1' : HOST}:${PORT === '' ? '8000' : PORT}`;
  const answer = await ask(`${running}/health`);
  if (answer !== undefined && isOurs(answer)) return await judge(running, 'the one that runs');
  const { url, stop } = await startApi(databaseUrl, dataDir);
  try {
    return await judge(url, 'started for this check, as none runs');
  } finally {
    await stop();
  }
}

const isOurs = ({ text }: Answer): boolean => /"status"|"code"/.test(text);

async function judge(url: string, which: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const path of ['health', 'ready']) {
    const answer = await ask(`${url}/${path}`);
    const said = answer === undefined ? 'no answer' : `${answer.status}`;
    checks.push(
      answer?.status === 200
        ? pass(path, `GET /${path} answers 200 (${which})`)
        : fail(
            path,
            `GET ${url}/${path}: ${said} ${(answer?.text ?? '').slice(0, 300)}`.trim(),
            'Do what the answer says; the log of the API has more.',
          ),
    );
  }
  return checks;
}

async function startApi(databaseUrl: string, dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    PORT: '0',
    AUTH: 'off',
    READY_FILE: '',
    LOG_LEVEL: 'error',
  };
  const child = startChild(API, [], env);
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    return { url: await readAddress(child), stop };
  } catch {
    await stop();
    // Nothing listens on port 0: what is asked there fails, and the check says so.
    return { url: 'http://127.0.0.1:0', stop: async () => undefined };
  }
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error('the API did not start')), START_MS);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /API on (http:\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error(said));
    });
  });
}
