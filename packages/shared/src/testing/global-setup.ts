// Starts the server of one Vitest project before its tests, and stops it after them.
import type { TestProject } from 'vitest/node';
import { findEmbeddedBinaries, findSystemBinaries } from '../embedded/binaries.ts';
import './provided.ts';
import { startTestServer } from './server.ts';

const OLDEST_MAJOR = 15;

export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const binaries = project.name === 'system' ? findSystemBinaries(OLDEST_MAJOR) : await findEmbeddedBinaries();
  if (binaries === undefined) {
    process.stderr.write(
      `No PostgreSQL ${OLDEST_MAJOR} or newer on this system: its tests are skipped, the embedded one runs them all.\n`,
    );
    project.provide('serverUrl', '');
    return undefined;
  }
  const server = await startTestServer(binaries);
  project.provide('serverUrl', server.url);
  return server.stop;
};
