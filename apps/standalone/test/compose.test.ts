// What docker-compose.yaml and the Dockerfile promise, read from their text: no engine is needed, and none runs.
import { readdirSync, readFileSync } from 'node:fs';
import { INGESTOR_NODE_OPTIONS } from '@cei-inoe/shared/node-options';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../../../', import.meta.url);
const readText = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly pull_policy?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { internal?: boolean }>>;
}

const text = readText('docker-compose.yaml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = ['migrate', 'api', 'ingestor'];
const get = (name: string): Service => compose.services[name] ?? expect.unreachable(name);

describe('docker-compose.yaml', () => {
  test('has the database, the migration, the API, the ingestor and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual(['postgres', 'migrate', 'api', 'ingestor', 'grafana']);
  });

  test('one service builds the image, as two builds of one name break each other off; the others never ask a registry for it', () => {
    const users = services.filter(([, { image }]) => image === 'cei-inoe:local');
    expect(users.map(([name]) => name)).toEqual(ours);
    expect(services.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(['migrate']);
    for (const name of ['api', 'ingestor']) expect(get(name).pull_policy).toBe('never');
  });

  test.each(['api', 'ingestor', 'grafana'])('%s waits until the migration has succeeded', (name) => {
    expect(get(name).depends_on?.migrate).toEqual({ condition: 'service_completed_successfully' });
  });

  test('the migration waits for a healthy database and is not started again', () => {
    expect(get('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(get('migrate').restart).toBe('no');
  });

  test.each(['postgres', 'api', 'ingestor', 'grafana'])('%s has a health check and is started again', (name) => {
    expect(get(name).healthcheck?.test?.[0]).toBe('CMD');
    expect(get(name).restart).toBe('unless-stopped');
  });

  test('no port is published to other machines, and none of the database', () => {
    expect(get('postgres').ports).toBeUndefined();
    expect(compose.networks.database).toEqual({ internal: true });
    expect(get('postgres').networks).toEqual(['database']);
    for (const [name, { ports = [] }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test.each(services)('%s can gain no rights, has limits, and its log is rotated', (_, service) => {
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.privileged).toBeUndefined();
    expect(service.read_only).toBe(true);
    expect(service.deploy?.resources.limits).toMatchObject({ cpus: expect.any(String), memory: expect.any(String) });
    expect(service.logging?.options).toMatchObject({ 'max-size': '10m', 'max-file': '5' });
  });

  test.each([...ours, 'grafana'])('%s runs without root and without capabilities', (name) => {
    expect(get(name).user).toMatch(/^(\$\{CEI_UID:-1000\}|472):/);
    expect(get(name).cap_drop).toEqual(['ALL']);
  });

  test('each service has a database user of its own, and none the superuser', () => {
    const users = ours.map(
      (name) => /^postgres:\/\/(\w+):\$\{CEI_\w+_PASSWORD:\?/.exec(get(name).environment?.DATABASE_URL ?? '')?.[1],
    );
    expect(users).toEqual(['cei_owner', 'cei_api', 'cei_ingestor']);
    for (const [name, { environment = {} }] of services) {
      if (name !== 'postgres') expect(Object.keys(environment), name).not.toContain('POSTGRES_PASSWORD');
    }
    expect(readText('grafana/provisioning/datasources/cei-inoe.yaml')).toContain('user: cei_grafana');
  });

  test('no password has a default or stands in a file', () => {
    const secrets = text.match(/\$\{\w*PASSWORD[^}]*\}/g) ?? [];
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) expect(secret).toMatch(/:\?/);
    for (const line of readText('.env.example').split('\n')) expect(line).not.toMatch(/^\w*PASSWORD=./);
  });

  test('the ingestor has the small heap that the benchmark measures, from here and from `pnpm ingest`', () => {
    expect(get('ingestor').environment?.NODE_OPTIONS).toBe(INGESTOR_NODE_OPTIONS);
    expect(JSON.parse(readText('package.json')).scripts.ingest).toMatch(`node ${INGESTOR_NODE_OPTIONS} `);
  });

  test('every variable it asks for is explained in .env.example', () => {
    const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const explained = readText('.env.example');
    for (const name of asked) expect(explained).toMatch(new RegExp(`^#?${name}=`, 'm'));
  });

  test('every program and every folder that it names is there', () => {
    for (const name of ours) expect(readText(get(name).command?.[0] ?? '')).toBeTruthy();
    for (const [, path] of text.matchAll(/^\s+- (\.\/[^:]+):/gm)) {
      expect(readdirSync(new URL(`${path}/..`, ROOT)), path).toContain(path?.split('/').at(-1));
    }
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readText('Dockerfile');

  test('installs from the lockfile, with the pnpm and Node this project is tested with', () => {
    expect(dockerfile).toContain('pnpm install --frozen-lockfile --prod');
    expect(dockerfile).toContain(`ARG NODE_VERSION=${readText('.nvmrc').trim()}\n`);
  });

  test('copies the package.json of every workspace before the install', () => {
    const before = dockerfile.slice(0, dockerfile.indexOf('RUN pnpm install'));
    for (const group of ['apps', 'packages']) {
      for (const name of readdirSync(new URL(`${group}/`, ROOT))) {
        expect(before).toContain(`COPY ${group}/${name}/package.json ${group}/${name}/`);
      }
    }
    expect(before).toContain('COPY grafana/package.json grafana/');
  });

  test('ends as a user that is not root, with a health check', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM'));
    expect(last.match(/^USER (\w+)$/m)?.[1]).toBe('node');
    expect(last).toMatch(/^HEALTHCHECK /m);
  });

  test('takes in neither secrets nor data', () => {
    const ignored = readText('.dockerignore').split('\n');
    expect(ignored.find((line) => !line.startsWith('#'))).toBe('*');
    expect(ignored.filter((line) => line.startsWith('!'))).toEqual([
      '!package.json',
      '!pnpm-lock.yaml',
      '!pnpm-workspace.yaml',
      '!prisma',
      '!packages',
      '!apps',
      '!db',
      '!grafana/package.json',
      '!grafana/dashboards',
    ]);
  });
});

test('the script that makes the database users names those of the compose file', () => {
  const script = readText('db/roles/login-users.sh');
  for (const name of ['owner', 'ingestor', 'api', 'grafana']) {
    expect(script).toContain(`CREATE ROLE cei_${name} LOGIN PASSWORD :'${name}_password'`);
    expect(get('postgres').environment).toHaveProperty(`CEI_${name.toUpperCase()}_PASSWORD`);
  }
  expect(script).not.toMatch(/SUPERUSER|CREATEROLE|CREATEDB/);
});
