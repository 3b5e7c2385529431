import { execFileSync } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTempDir } from '@cei-inoe/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMeters, dropCrowd, verifyCrowd } from './support/faults/crowd.ts';
import { type Bundle, bundleFaultyCli } from './support/faults/faulty-process.ts';
import { type Lane, openLane } from './support/faults/lane.ts';
import { until } from './support/serve.ts';

const SHAPE = { meters: 6, filesEach: 10 };

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleFaultyCli();
});
afterAll(() => bundle.remove());

interface SmallDisk {
  readonly path: string;
  fill(): Promise<void>;
  empty(): Promise<void>;
  remove(): Promise<void>;
}

/** A file system of a few megabytes; undefined where this user may not mount one. */
async function mountSmallDisk(): Promise<SmallDisk | undefined> {
  const folder = await makeTempDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder.path], { stdio: 'ignore' });
  } catch {
    await folder.remove();
    return undefined;
  }
  const filler = join(folder.path, 'filler');
  return {
    path: folder.path,
    async fill() {
      const file = await open(filler, 'a');
      const write = async (bytes: number) => {
        for (;;) await file.writeFile(Buffer.alloc(bytes));
      };
      for (const bytes of [65_536, 1]) await write(bytes).catch(() => undefined);
      await file.close();
    },
    empty: () => rm(filler, { force: true }),
    async remove() {
      execFileSync('umount', [folder.path]);
      await folder.remove();
    },
  };
}

async function expectNothingGivenUp(lane: Lane): Promise<void> {
  expect(await lane.query("SELECT error FROM ingest_batch WHERE status = 'failed'")).toEqual([]);
}

describe('a disk that is full', () => {
  it('now and then makes files wait; when there is room again, all are loaded once and in their order', async () => {
    // Steps that fail stand for the small disk where none can be mounted.
    const disk = await mountSmallDisk();
    const lane = await openLane(bundle, disk === undefined ? {} : { dir: disk.path });
    const service = lane.prepareProcess();
    service.go(['watch']);
    const setFull = async (full: boolean) => {
      if (disk === undefined) service.setDisk(full);
      else await (full ? disk.fill() : disk.empty());
    };
    await addMeters(lane, SHAPE);
    const dropping = dropCrowd(lane, SHAPE, 60);
    await until(
      'the first load',
      async () => (await lane.query("SELECT 1 FROM ingest_batch WHERE status = 'completed'")).length > 0,
    );
    for (let times = 0; times < 8; times++) {
      await sleep(100 + Math.random() * 300);
      await setFull(true);
      await sleep(200 + Math.random() * 200);
      await expectNothingGivenUp(lane);
      await setFull(false);
    }
    await dropping;
    await lane.awaitRest(service, { mayAge: true, untilMs: 60_000 });
    await verifyCrowd(lane, SHAPE);
    expect(service.log()).toContain('ENOSPC');
    expect(await service.stop()).toBe('0');
    await lane.close();
    await disk?.remove();
  }, 120_000);

  it('under PostgreSQL makes batches wait, also where it fills up in the middle of a COPY', async () => {
    const lane = await openLane(bundle);
    const service = lane.prepareProcess();
    service.go(['watch']);
    await addMeters(lane, SHAPE);
    await lane.query('CREATE TABLE disk (is_full boolean NOT NULL)');
    await lane.query('INSERT INTO disk VALUES (false)');
    await lane.query(`
      CREATE FUNCTION fill_up() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT is_full FROM disk) THEN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER fill_up BEFORE INSERT OR UPDATE ON fact_energy_hourly FOR EACH ROW
        WHEN (NEW.source_row = 7) EXECUTE FUNCTION fill_up();
      ALTER TABLE fact_energy_hourly ENABLE ALWAYS TRIGGER fill_up`);
    const dropping = dropCrowd(lane, SHAPE, 60);
    for (let times = 0; times < 6; times++) {
      await sleep(200);
      await lane.query('UPDATE disk SET is_full = true');
      await sleep(400);
      await expectNothingGivenUp(lane);
      await lane.query('UPDATE disk SET is_full = false');
    }
    await dropping;
    await lane.awaitRest(service, { mayAge: true, untilMs: 60_000 });
    await verifyCrowd(lane, SHAPE);
    expect(service.log()).toContain('No space left on device');
    expect(await service.stop()).toBe('0');
    await lane.close();
  }, 120_000);
});
