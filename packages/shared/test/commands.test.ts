// The way tests run commands: as processes of their own, from any folder.
import { makeTempDir, runCli } from '@cei-inoe/shared/testing';
import { expect, test } from 'vitest';

test('a command runs from a folder outside of the repository', async () => {
  const temp = await makeTempDir();
  const { code, stderr } = await runCli('apps/standalone/src/cli.ts', [], { cwd: temp.path, env: { PORT: 'x' } });
  await temp.remove();
  expect(stderr).toMatch(/^error config_invalid: .*PORT/);
  expect(code).toBe(2);
});
