// The ingestor's own command line in a process that can be told to go wrong at one step. Waits, all loaded, for the order to go.
import { writeFileSync } from 'node:fs';
import '../../../src/commands/ingest.ts';
import '../../../src/commands/watch.ts';
import '../../../src/open-surroundings.ts';
import { bendTime, putForward } from './clock.ts';
import { arm, type Order, type Report, setDisk, startRecord, tellRecord } from './points.ts';
import { wrapDatabase } from './wrap-database.ts';
import { wrapFiles } from './wrap-files.ts';

bendTime();
wrapFiles();
wrapDatabase();

const report = (message: Report) => process.send?.(message);
const started = new Promise<readonly string[]>((resolve) => {
  process.on('message', (order: Order) => {
    if (order.do === 'later') putForward(order.ms);
    if (order.do === 'record' || (order.do === 'go' && order.record === true)) startRecord();
    if (order.do === 'disk') setDisk(order.full);
    if (order.do === 'tell') report({ told: tellRecord() });
    if (order.do === 'go' || order.do === 'arm') arm(order.arm);
    if (order.do === 'arm') report({ ready: true });
    if (order.do === 'go') resolve(order.args);
  });
});
// A command ends without being asked for its record.
const { FAULT_RECORD } = process.env;
if (FAULT_RECORD !== undefined) process.once('exit', () => writeFileSync(FAULT_RECORD, JSON.stringify(tellRecord())));
// Whoever ran the test is gone.
process.once('disconnect', () => process.exit(1));

process.argv = [...process.argv.slice(0, 2), ...(await started)];
process.channel?.unref();
await import('../../../src/cli.ts');
