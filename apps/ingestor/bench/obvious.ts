// The obvious way to write a loader: csv-parse, a zod schema per row, COPY text by pg-copy-streams. No batches, no zones (+02:00 is written
// into it), no accounts: refused rows are only counted. A process of its own. Arguments: URL, file, datasource id.
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { z } from 'zod';

const Reading = z.object({
  'Date and Time': z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/),
  Hourly: z.string().min(1).transform(Number).pipe(z.number().min(0).max(10_000)),
});

const [url, file, datasourceId] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const startedMs = performance.now();
let rejected = 0;
const toCopy = new Transform({
  objectMode: true,
  transform(record: unknown, _encoding, done) {
    const { success, data } = Reading.safeParse(record);
    if (!success) rejected++;
    done(null, success ? `${datasourceId}\t${data['Date and Time']}+02\t${data.Hourly}\n` : undefined);
  },
});
const copy = client.query(from('COPY bench_energy (datasource_id, ts, energy_kwh) FROM STDIN'));
await pipeline(createReadStream(file ?? ''), parse({ columns: true, bom: true }), toCopy, copy);
process.stdout.write(JSON.stringify({ ms: performance.now() - startedMs, rejected }));
await client.end();
