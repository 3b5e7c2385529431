import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Arrow, findCycle, listArrows, ROOT } from './import-graph.ts';

const { files, arrows } = listArrows();
const show = (a: Arrow) => `${a.from} → ${a.to}`;
const isOurs = (path: string) => /^(packages|apps)\//.test(path);
const appOf = (path: string) => /^apps\/([^/]+)\//.exec(path)?.[1];
const stageOf = (path: string) => /^apps\/ingestor\/src\/stages\/([^/]+)\//.exec(path)?.[1];

describe('imports', () => {
  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(arrows.filter((a) => isOurs(a.to)).length).toBeGreaterThan(100);
    const missing = arrows.filter((a) => isOurs(a.to) && !a.to.includes('/generated/') && !files.includes(a.to));
    expect(missing.map(show)).toEqual([]);
  });

  it('never go from one app to another', () => {
    const wrong = arrows.filter((a) => appOf(a.from) && appOf(a.to) && appOf(a.from) !== appOf(a.to));
    expect(wrong.map(show)).toEqual([]);
  });

  it('never go from the shared package to an app', () => {
    const wrong = arrows.filter((a) => a.from.startsWith('packages/') && a.to.startsWith('apps/'));
    expect(wrong.map(show)).toEqual([]);
  });

  it('never go from one stage of the ingestor to another', () => {
    const wrong = arrows.filter((a) => stageOf(a.from) && stageOf(a.to) && stageOf(a.from) !== stageOf(a.to));
    expect(wrong.map(show)).toEqual([]);
  });

  it('of a stage reach only the shared package, the model and the stage itself', () => {
    const allowed = /^(packages\/shared\/|apps\/ingestor\/src\/model\/)/;
    const wrong = arrows.filter(
      (a) => stageOf(a.from) && isOurs(a.to) && !allowed.test(a.to) && stageOf(a.from) !== stageOf(a.to),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('of the model reach nothing above it', () => {
    const wrong = arrows.filter(
      (a) => a.from.startsWith('apps/ingestor/src/model/') && /apps\/ingestor\/src\/(?!model\/)/.test(a.to),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('of the ingestor go downwards: commands → watch, queue → compose → stages', () => {
    const rank = ['model', 'stages', 'mapping', 'compose', 'queue', 'watch', 'commands'];
    const layer = (path: string) => rank.indexOf(/^apps\/ingestor\/src\/([^/]+)\//.exec(path)?.[1] ?? '');
    const wrong = arrows.filter((a) => layer(a.from) >= 0 && layer(a.to) > layer(a.from));
    expect(wrong.map(show)).toEqual([]);
  });

  it('form no cycle', () => {
    expect(findCycle(arrows.filter((a) => isOurs(a.to)))).toBeUndefined();
  });

  it('of test tools stay out of the source', () => {
    const wrong = arrows.filter((a) => !a.from.includes('/testing/') && /vitest|fast-check|\/testing\//.test(a.to));
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('every source file', () => {
  it('says in its first line what it is for', () => {
    const silent = files.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(silent).toEqual([]);
  });

  it('is named for what it holds', () => {
    const vague = /^(utils?|common|helpers?|manager|service|misc)\b/;
    expect(files.filter((file) => vague.test(basename(file)))).toEqual([]);
  });
});
