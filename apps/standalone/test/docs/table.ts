// What is done with each block of the documentation. A block that is not here turns the test red; so does a line here that no block has.
import type { How } from './entries.ts';

const OLD = 'It needs a database of the old system; test/legacy-acceptance.ts runs the whole move.';
const DOCKER = 'It needs a Docker engine.';
const METER = '664b7033c54f46ec261ef95d';
/** Of the schema: they are right when `pnpm schema:dump` is. */
const COUNTS = /\d+ (?:tables|there|applied)/;
const SIZES = /[\d,]+ bytes/;

/** A month of readings, then the same with three corrected and a day more. */
const MONTHS = `month() { echo 'Date and Time,Hourly'; awk -v days="$1" -v fix="$2" 'BEGIN { for (d = 1; d <= days; d++) for (h = 0; h < 24; h++)
  printf "08/%02d/2025 %02d:00:00 %s,%s\\n", d, (h % 12 == 0 ? 12 : h % 12), (h < 12 ? "AM" : "PM"), (d == 2 && h < fix ? 9 : d + h / 10) }'; }
month 30 0 > ${METER}-month.csv && pnpm ingest ${METER}-month.csv && month 31 3 > new.csv
printf 'Date and Time,Hourly\\n09/01/2025 10:00:00 AM,1.5\\n' > ${METER}-august.csv`;

const METER_01 = `printf 'datasources:\\n  - { external_id: meter-01, data_type: energy, source_category: device, timezone: Asia/Nicosia }\\n' > meter.yaml
pnpm seed meter.yaml
printf 'Date and Time,Hourly\\n07/01/2025 12:00:00 AM,1000\\n07/01/2025 01:00:00 AM,2000\\n07/01/2025 02:00:00 AM,3000\\n07/01/2025 04:00:00 AM,x\\n' > meter-01-july.csv
printf 'Date and Time,Hourly\\n07/01/2025 02:00:00 AM,2.9\\n07/01/2025 03:00:00 AM,4\\n' > meter-01-late.csv
pnpm ingest meter-01-july.csv; pnpm ingest meter-01-late.csv
printf 'dataset: energy_hourly\\ncolumns: { "Date and Time": ts, Hourly: { to: energy_kwh, unit: Wh } }\\ntime: { format: "MM/dd/yyyy hh:mm:ss a" }\\n' > my/watt_hours.yaml`;

export const TABLE: Readonly<Record<string, readonly How[]>> = {
  'README.md': [
    { begins: '$ npx pnpm@10 start', how: 'start' },
    { begins: '$ npx pnpm@10 test', how: 'commands', why: 'It is this test, among others.' },
    { begins: "$ printf 'Date and Time", how: 'run' },
    { begins: '$ pnpm ingest new.csv', how: 'run', before: MONTHS, unrun: /--mapping NAME/ },
    { begins: '$ curl -F file=@', how: 'run' },
    { begins: '$ export DATABASE_URL', how: 'commands', why: 'It needs a server of somebody else.' },
    { begins: ' data/incoming/ ', how: 'picture' },
    { begins: 'prisma/ ', how: 'tree' },
  ],
  'docs/access.md': [
    { begins: '$ pnpm keys create', how: 'run', unrun: /farm\.example/ },
    { begins: 'SELECT at, key_name', how: 'sql' },
  ],
  'docs/api.md': [
    { begins: "$ curl -s 'localhost:8000/energy/hourly?external_id=66c4", how: 'run' },
    { begins: "$ curl -s -H 'Accept: text/csv'", how: 'run' },
    { begins: "$ curl -s 'localhost:8000/energy/hourly/provenance", how: 'run' },
    { begins: "$ curl -s 'localhost:8000/energy/aggregate", how: 'run' },
    {
      begins: '$ curl -si -F',
      how: 'run',
      before: `printf 'Date and Time,Hourly\\n09/02/2025 10:00:00 AM,1.5\\n09/02/2025 11:00:00 AM,off\\n' > ${METER}-september.csv`,
    },
    { begins: '$ curl -s localhost:8000/energy/hourly -H', how: 'run' },
    {
      begins: '$ curl -s -X POST localhost:8000/batches/',
      how: 'commands',
      why: 'undo-and-replay.md has the same, with its batch.',
    },
    { begins: '{\n  "type": "/errors/', how: 'problem' },
  ],
  'docs/backup.md': [
    {
      begins: '$ pnpm backup farm.zip',
      how: 'run',
      unrun: /^pnpm restore/,
      vary: [
        /\S*farm\.zip(?=:)/,
        /[\d,]+ rows/,
        SIZES,
        /\d+ (?:archived|mapping) files/,
        /archived files: \d+/,
        /\d+ members/,
        COUNTS,
      ],
    },
    { begins: 'ALTER DATABASE cei', how: 'sql' },
    {
      begins: '$ pnpm backup:verify cut.zip',
      how: 'commands',
      why: 'apps/migrate/test/backup damages archives in every place.',
    },
    { begins: '$ pnpm backup old.zip --source-url', how: 'commands', why: OLD },
    { begins: '$ pnpm verify', how: 'run', vary: [/\((?:started|the one)[^)]*\)/, /\d+ queries/, COUNTS] },
  ],
  'docs/benchmarks.md': [
    { begins: 'pnpm bench --quick', how: 'commands', why: 'It takes minutes.' },
    { begins: 'BENCH_NODE_OPTIONS', how: 'commands', why: 'It takes minutes.' },
    { begins: 'pnpm bench:api', how: 'commands', why: 'It takes minutes.' },
  ],
  'docs/contributing.md': [
    { begins: 'npx pnpm@10 install', how: 'commands', why: 'It is how this folder came to be what it is.' },
    { begins: 'pnpm exec vitest', how: 'commands', why: 'A test that runs tests would not end.' },
    { begins: 'pnpm test:faults', how: 'commands', why: 'It takes an hour.' },
    { begins: 'node prisma/generate', how: 'commands', why: 'It writes into the repository.' },
    {
      begins: 'pnpm docs:errors',
      how: 'commands',
      why: 'It writes into the repository; a test compares the page with the catalogue.',
    },
  ],
  'docs/client.md': [
    { begins: 'import { createReadStream', how: 'elsewhere', test: 'packages/client/test/client.test.ts' },
  ],
  'docs/crashes.md': [{ begins: '$ pnpm test ', how: 'commands', why: 'It takes an hour.' }],
  'docs/dashboards.md': [
    {
      begins: 'pnpm dashboards',
      how: 'commands',
      why: 'It writes into the repository; a test of grafana/ compares what it writes.',
    },
  ],
  'docs/deploy.md': [
    { begins: 'cp .env.example', how: 'commands', why: DOCKER },
    { begins: 'docker compose ps', how: 'commands', why: DOCKER },
    { begins: 'docker compose -f', how: 'commands', why: DOCKER },
  ],
  'docs/diagnose.md': [
    {
      begins: '$ pnpm diagnose',
      how: 'run',
      vary: [
        / {10}\d\d\.\d+\.\d+/,
        /20\d\d[a-z]/,
        COUNTS,
        /\/\S+data/,
        /[\d.]+ GiB free \(\d+ %\)/,
        /1[5-9]\.\d+/,
        /\d+ connections/,
        /\d\.\d s apart/,
        /\w+ may read/,
        /\d+ failed since/,
        /\d+ loads/,
      ],
    },
  ],
  'docs/examples/README.md': [
    {
      begins: 'pnpm seed docs/examples',
      how: 'commands',
      why: 'The files are those of others, and no part of this project.',
    },
    { begins: 'awk -F,', how: 'commands', why: 'The files are those of others, and no part of this project.' },
    { begins: 'SELECT count(*), round', how: 'sql' },
  ],
  'docs/formats.md': [{ begins: 'dataset: energy_hourly\nfile:', how: 'mapping' }],
  'docs/mappings.md': [
    {
      begins: '$ pnpm mappings list',
      how: 'run',
      before: 'cp docs/examples/mappings/dsmr_hourly.yaml my/',
      after: 'rm my/*',
    },
    {
      begins: '$ pnpm mappings infer',
      how: 'run',
      before: String.raw`printf 'Meter: barn\nExport\nTime;Consumption\n01/07/2025 10:00;1,5\n01/07/2025 10:15;2,5\n01/07/2025 10:30;3,5\n13/07/2025 10:45;3,5\n' > export.csv`,
      unrun: /ingest/,
      after: 'rm my/*',
    },
    { begins: 'dataset: energy_hourly\ngranularity', how: 'mapping' },
    { begins: 'unpivot: ', how: 'mapping', before: 'dataset: energy_hourly\ncolumns: { Time: ts }\n' },
  ],
  'docs/migration-guide.md': [
    '$ pnpm backup old.zip',
    'pnpm migrate ',
    '$ pnpm migrate:legacy plan --source-url "$OLD_URL" --map-template',
    '$ pnpm migrate:legacy plan --source-url "$OLD_URL" --timezone',
    '$ pnpm migrate:legacy run',
    '$ pnpm migrate:legacy cutover',
    '$ pnpm migrate:legacy rollback',
    '$ pnpm migrate:legacy finish',
  ].map((begins) => ({ begins, how: 'commands' as const, why: OLD })),
  'docs/migrations.md': [
    { begins: '$ pnpm migrate\n', how: 'run', unrun: /^pnpm migrate$/ },
    { begins: '$ pnpm migrate --sql', how: 'run', unrun: /^psql/ },
    { begins: '$ npx prisma migrate deploy', how: 'commands', why: 'apps/migrate/test/prisma-cli.test.ts runs it.' },
    { begins: 'CREATE ROLE my_ingestor', how: 'sql' },
  ],
  'docs/operating.md': [
    { begins: 'pnpm sources freshness [', how: 'commands', why: 'It says which options there are.' },
    { begins: '$ pnpm sources freshness --at', how: 'run', vary: [/\d+ late of \d+/] },
    { begins: '$ pnpm sources gaps', how: 'run', vary: [/\d+ gaps/] },
    { begins: 'cei_records_total', how: 'metrics' },
  ],
  'docs/readings.md': [
    { begins: 'dataset: energy_hourly\ncolumns:\n', how: 'mapping' },
    { begins: 'dataset: energy_hourly\ncolumns: {', how: 'mapping' },
    { begins: 'dataset: energy_hourly\nunpivot', how: 'mapping' },
  ],
  'docs/retention.md': [
    { begins: '$ pnpm batches prune', how: 'run', vary: [/20\d\d-\d\d-\d\d \d\d:\d\d UTC/] },
    { begins: 'SELECT what, horizon', how: 'sql' },
  ],
  'docs/row-compiler.md': [{ begins: 'BENCH_NODE_OPTIONS', how: 'commands', why: 'It takes minutes.' }],
  'docs/samples.md': [
    { begins: 'pnpm samples:generate', how: 'run', unrun: /ingest/ },
    { begins: 'pnpm seed my-sources.yaml', how: 'commands', why: 'The files are those of the reader.' },
    { begins: 'defaults: ', how: 'seed' },
  ],
  'docs/undo-and-replay.md': [
    { begins: '$ pnpm batches list', how: 'run', before: METER_01 },
    { begins: '$ pnpm batches undo', how: 'run' },
    { begins: '$ pnpm batches replay', how: 'run' },
    { begins: '$ curl -s -X POST', how: 'run', after: 'rm my/*' },
  ],
  'docs/webhooks.md': [
    { begins: "$ curl -sX POST -H 'X-API-Key", how: 'commands', why: 'It tells a server of somebody else.' },
    { begins: '{\n  "type": "batch', how: 'elsewhere', test: 'apps/api/test/webhooks/service.test.ts' },
    { begins: 'import { createHmac', how: 'elsewhere', test: 'apps/api/test/webhooks/service.test.ts' },
    { begins: '$ curl -sX POST localhost', how: 'run' },
  ],
};
