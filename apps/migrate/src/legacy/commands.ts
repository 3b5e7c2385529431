// The commands of `pnpm migrate:legacy` that look, copy and verify, one function each: prints, and returns the exit code.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cei-inoe/shared/errors';
import { countQueue } from './capture.ts';
import { readChoices } from './choices.ts';
import { listOpenDecisions } from './choices-check.ts';
import { type Context, openPace, prepare, withMoveLock } from './context.ts';
import { writeMapTemplate } from './map-template.ts';
import { makePlan, planSources } from './plan.ts';
import { prepareTarget } from './prepare-target.ts';
import { printPlan } from './print-plan.ts';
import { writeReport } from './report.ts';
import { assertSameOld, runMove, type Work } from './run.ts';
import { readVerdicts } from './verdicts.ts';
import type { Verification } from './verify.ts';
import { verifyLive } from './verify-live.ts';
import { hasWorkroom, readDecisions, readSettings } from './workroom.ts';

const REFUSED_EXIT = 3;

export async function probe(context: Context): Promise<number> {
  const { probe: found } = await prepare(context);
  if (context.flags.json) context.print(JSON.stringify(found));
  else {
    context.print(`tables ${found.tables.length}, missing ${found.missing.join(', ') || 'none'}`);
    context.print(`energy FKs ${found.fkRegister} ${found.fkDelete}`.trimEnd());
    context.print(
      `V008 ${found.v008?.toISOString() ?? 'unknown'}; ids permuted ${found.permuted.moved} of ${found.permuted.shared}`,
    );
    context.print(`id epoch ${show(found.epoch.low)} … ${show(found.epoch.high)} (${found.epoch.from})`);
    context.print(`extra columns ${found.extraColumns.join(', ') || 'none'}`);
    context.print(
      `spring days without 03:00: ${found.springEvidence.lacking} of ${found.springEvidence.lacking + found.springEvidence.having}`,
    );
  }
  return 0;
}

const show = (at: Date | string): string => (at instanceof Date ? at.toISOString() : at);

/** Exit 3 while decisions are open. */
export async function plan(context: Context): Promise<number> {
  const { probe: found, choices } = await prepare(context);
  const made = await makePlan(context.target, context.old, found, choices);
  const open = listOpenDecisions(found, made.sources, made.verdicts);
  if (context.flags.json) context.print(JSON.stringify({ probe: found, verdicts: made.verdicts, decisions: open }));
  else for (const line of printPlan(found, made.verdicts)) context.print(line);
  if (context.flags.mapTemplate !== undefined) {
    await writeFile(context.flags.mapTemplate, writeMapTemplate(found, made.sources, made.verdicts), {
      flag: 'wx',
    }).catch((error: unknown) => {
      throw new Fault('usage', `${context.flags.mapTemplate} is there already or cannot be written.`, { cause: error });
    });
    context.say(`wrote ${context.flags.mapTemplate}`);
  }
  for (const { field, message } of open) context.say(`decide ${field}: ${message}`);
  return open.length > 0 ? REFUSED_EXIT : 0;
}

/** What a run works with: its flags. */
async function openRun(context: Context): Promise<Work> {
  const { probe: found, choices } = await prepare(context);
  return { target: context.target, old: context.old, pace: openPace(context), probe: found, choices };
}

/** What comes after a run works with the choices of the run, whatever its flags. @throws Fault legacy_phase where none has begun, or from another old database */
export async function openWork(context: Context): Promise<Work> {
  await assertSameOld(context.target, context.old);
  const work = await openRun(context);
  return { ...work, choices: (await readChoices(context.target)) ?? work.choices };
}

export async function run(context: Context): Promise<number> {
  return await withMoveLock(context, async () => {
    const before = await openRun(context);
    const sources = await planSources(context.target, context.old, before.probe, before.choices);
    const errors = listOpenDecisions(before.probe, sources);
    if (errors.length > 0) throw new Fault('legacy_decision', undefined, { errors });
    const work = { ...before, old: await prepareTarget(context) };
    await runMove(work);
    return await verifyAndReport(context, work);
  });
}

/** Exit 1 where the databases differ, after the report is written. */
export async function verify(context: Context): Promise<number> {
  return await verifyAndReport(context, await openWork(context));
}

async function verifyAndReport(context: Context, work: Work): Promise<number> {
  const verification = await verifyLive(work);
  const decisions = await readDecisions(context.target);
  const verdicts = await readVerdicts(context.target);
  const { phase } = await readSettings(context.target);
  const dir = context.flags.report ?? join(context.dataDir, 'legacy-move');
  const paths = await writeReport(dir, { phase, probe: work.probe, decisions, verdicts, verification });
  if (context.flags.json) context.print(JSON.stringify({ phase, verdicts, verification, report: paths }));
  else for (const line of printPlan(work.probe, verdicts)) context.print(line);
  for (const { name, detail } of verification.checks.filter(({ passed }) => !passed))
    context.say(`differs: ${name}: ${detail}`);
  context.say(`report: ${paths.join(', ')}`);
  if (!verification.passed) throw makeDiffers(verification);
  context.say(`verified: ${verification.checks.length} checks agree`);
  return 0;
}

const makeDiffers = ({ checks }: Verification): Fault =>
  new Fault('legacy_differs', undefined, {
    errors: checks.filter(({ passed }) => !passed).map(({ name, detail }) => ({ field: name, message: detail })),
    facts: { reported: true },
  });

export async function status(context: Context): Promise<number> {
  if (!(await hasWorkroom(context.target))) {
    context.print(context.flags.json ? JSON.stringify({ phase: 'none' }) : 'no move was begun');
    return 0;
  }
  const { phase, paused, reverse_until } = await readSettings(context.target);
  const queue = await countQueue(context.old.pool).catch(() => 0);
  const { rows } = await context.target.query<{ tab: string; copied: string; total: string | null; done: boolean }>(
    'SELECT tab, copied, total, done FROM legacy_move.progress ORDER BY tab',
  );
  const { rows: left } = await context.target.query<{ undecided: number; unwritten: number }>(
    'SELECT (SELECT count(*)::int FROM legacy_move.todo) AS undecided, (SELECT count(*)::int FROM legacy_move.dirty) AS unwritten',
  );
  const state = { phase, paused, queue, reverse_until, ...left[0], tables: rows };
  if (context.flags.json) context.print(JSON.stringify(state));
  else {
    context.print(
      `phase ${phase}${paused ? ', paused' : ''}; queue ${queue}; ${left[0]?.undecided ?? 0} rows undecided, ${left[0]?.unwritten ?? 0} days unwritten`,
    );
    for (const { tab, copied, total, done } of rows)
      context.print(`${tab.padEnd(30)} ${copied}/${total ?? '?'}${done ? '' : ' …'}`);
  }
  return 0;
}

export async function setPaused(context: Context, paused: boolean): Promise<number> {
  await readSettings(context.target);
  await context.target.query('UPDATE legacy_move.settings SET paused = $1', [paused]);
  context.say(paused ? 'paused: a run waits after its chunk' : 'going on');
  return 0;
}
