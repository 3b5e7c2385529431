// Lets only one `pnpm start` run on a data folder. A file left behind by a killed one is taken over.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { takePidFile } from '@cei-inoe/shared/embedded/pid-file';
import { Fault } from '@cei-inoe/shared/errors';

/** Takes the data folder; returns the way to give it back. @throws Fault already_running, folder_unwritable */
export async function takeFolder(dataDir: string, port: number): Promise<() => Promise<void>> {
  const taken = await takePidFile(join(dataDir, 'start.json'), { port });
  if ('release' in taken) return taken.release;
  const { pid, facts } = taken.holder;
  throw new Fault('already_running', `Process ${pid} runs on ${dataDir} and serves http://localhost:${facts.port}.`);
}

/** @throws Fault port_in_use */
export function checkPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(new Fault('port_in_use', `Port ${port} of ${host} cannot be used: ${error.message}.`, { cause: error })),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
