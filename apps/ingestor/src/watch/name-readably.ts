// Gives a dropped file whose name is no UTF-8 a name that can be stored and shown; the next look takes it in. Opens nothing.
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makeFault } from '@cei-inoe/shared/errors';
import type { Surroundings } from '../compose/settings.ts';
import { nameKept } from '../stages/report/file-names.ts';
import { putBack } from './move-file.ts';
import type { Dropped } from './scan.ts';
import type { Taken } from './take.ts';

/** Never throws: a file that is stuck must not hold up the others. */
export async function nameReadably(around: Surroundings, dropped: Dropped, lies: Buffer): Promise<Taken> {
  try {
    await putBack(lies, dropped.path, join(dirname(dropped.path), nameKept(dropped.name, randomUUID())));
    around.log.warn({ file: dropped.name }, 'a file whose name is no UTF-8 was renamed');
    return 'taken';
  } catch (error) {
    const { code, message } = makeFault(error);
    around.log.warn({ file: dropped.name, code }, `a file whose name is no UTF-8 cannot be renamed: ${message}`);
    return 'waits';
  }
}
