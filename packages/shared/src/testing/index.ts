// What tests work with. Never imported by the source of an app.
export { type CommandOptions, type CommandResult, makeTempDir, ROOT, runCli, type TempDir } from './commands.ts';
export { createDatabase, createEmptyDatabase, findServerUrl, type TestDatabase } from './databases.ts';
export { startOwnServer, type TestServer } from './server.ts';
