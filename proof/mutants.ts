import { simulate } from '../test/simulation/simulate.ts';
import { type Mutant, withSimulation } from './simulation-bundle.ts';
import { runSeeds } from './simulate.ts';
import type { ProofOptions, Proven } from './proof.ts';

/** Characters of a violation that are told. */
const HOW_MAX = 150;

/** Defects of the kind that somebody could make in good faith. The simulation must find each. */
const MUTANTS: readonly Mutant[] = [
  {
    name: 'epoch-not-raised',
    file: 'engine/protocol/worker-job-writes.ts',
    find: 'epoch: row.epoch + 1,',
    replace: 'epoch: row.epoch,',
  },
  {
    name: 'fence-without-holder',
    file: 'engine/protocol/job-transition.ts',
    find: "    { op: '=', attribute: 'epoch', value: holder.epoch },\n    { op: '=', attribute: 'leaseOwner', value: holder.workerId },",
    replace: '',
  },
  {
    name: 'claim-of-what-is-claimed',
    file: 'engine/protocol/worker-job-writes.ts',
    find: "      { op: '=', attribute: 'state', value: 'RUNNABLE' },\n      { op: '=', attribute: 'epoch', value: row.epoch },\n      { op: 'absent', attribute: 'leaseOwner' },",
    replace: '',
  },
  {
    name: 'claim-of-what-is-held',
    file: 'engine/protocol/worker-job-writes.ts',
    find: "      { op: 'absent', attribute: 'hold' },",
    replace: '',
  },
  {
    name: 'lease-owner-forgotten',
    file: 'engine/protocol/job-transition.ts',
    find: "  'leaseOwner',\n  'leaseUntil',",
    replace: "  'leaseUntil',",
  },
  {
    name: 'reaped-under-a-live-lease',
    file: 'engine/protocol/leader-job-writes.ts',
    find: "...(evidence.kind === 'lease-over' ? [{ op: '<', attribute: 'leaseUntil', value: evidence.before } as const] : []),",
    replace: '',
  },
  {
    name: 'deposed-leaders-write',
    file: 'engine/protocol/job-transition.ts',
    find: "{ op: '<=', attribute: 'leaderEpoch', value: leaderEpoch },",
    replace: "{ op: 'exists', attribute: 'leaderEpoch' },",
  },
  {
    name: 'lead-taken-early',
    file: 'engine/protocol/misc-item.ts',
    find: 'leader.until + bid.marginMs <= bid.at',
    replace: 'leader.until - 9_000 <= bid.at',
  },
  {
    name: 'commit-before-upload',
    file: 'engine/worker/attempt-ending.ts',
    find: 'if (files.length > 0) await insist(',
    replace: 'if (files.length > 0) void insist(',
  },
  {
    name: 'checkpoint-before-upload',
    file: 'engine/worker/checkpoint-protocol.ts',
    find: 'await uploadWithManifest(ports, {',
    replace: 'void uploadWithManifest(ports, {',
  },
  {
    name: 'fenced-and-runs-on',
    file: 'engine/worker/attempt.ts',
    find: '      onFenced: () => {\n        this.#process?.kill();',
    replace: '      onFenced: () => {',
  },
  {
    name: 'echo-taken-for-success',
    file: 'engine/worker/held-job.ts',
    find: 'if (triesBefore > 0 && this.#isOurs(write, now)) return now;',
    replace: 'if (triesBefore > 0) return now;',
  },
  {
    name: 'lost-claim-forgotten',
    file: 'engine/decide/recovery.ts',
    find: 'const forgotten = !gone && !lost && !worker.jobs.includes(job.id);',
    replace: 'const forgotten = false;',
  },
  {
    name: 'zombies-left',
    file: 'engine/decide/recovery.ts',
    find: "} else if (worker.state === 'TERMINATED' || (worker.state === 'LOST' && now - worker.changedAt > timings.leaseMs)) {",
    replace: '} else if (now < 0) {',
  },
  {
    name: 'orphans-left',
    file: 'engine/decide/recovery.ts',
    find: '    if (worker === undefined) {\n      const orphan',
    replace: '    if (worker === undefined && now < 0) {\n      const orphan',
  },
  {
    name: 'intent-left-in-doubt',
    file: 'engine/run/executor.ts',
    find: '      // Nobody works on it any more: what became of it is looked up, as after a crash.\n      this.#begun.delete(intent.id);',
    replace: '',
  },
  {
    name: 'launched-again-blindly',
    file: 'engine/run/executor.ts',
    find: '        token: intent.id,\n        intentId: intent.id,',
    replace: '        token: `${intent.id}-${clock.now()}`,\n        intentId: intent.id,',
  },
  {
    name: 'doubt-settled-too-soon',
    file: 'engine/decide/intents.ts',
    find: "  if (Math.min(now, lookedAt) - intent.startedAt < VISIBLE_WITHIN_MS) return { kind: 'wait' };",
    replace: '  void [now, lookedAt];',
  },
  {
    name: 'held-for-a-wish-taken-back',
    file: 'engine/protocol/job-transition.ts',
    find: "conditions: [{ op: 'exists', attribute: 'hold' }] };",
    replace: 'conditions: [] };',
  },
  {
    name: 'deadlines-never-rescued',
    file: 'engine/decide/rescue.ts',
    find: "if (outlook.kind === 'unpromised' || outlook.slackMs > 0) return undefined;",
    replace: "if (outlook.kind === 'unpromised' || now > 0) return undefined;",
  },
  {
    name: 'way-to-on-demand-forgotten',
    file: 'engine/decide/safety-net.ts',
    find: 'return left.deadlineAtMs - left.workMs - 2 * left.changeoverMs - left.everyMs;',
    replace: 'return left.deadlineAtMs - left.workMs;',
  },
  {
    name: 'losing-outputs-left',
    file: 'engine/run/sweeper.ts',
    find: 'if (keys.length > 0) await blobs.delete(keys);',
    replace: '',
  },
  {
    name: 'submitted-over-what-is-there',
    file: 'engine/protocol/operator-job-writes.ts',
    find: "    conditions: [{ op: 'absent', attribute: 'state' }],\n    set,",
    replace: '    conditions: [],\n    set,',
  },
];

/**
 * `--seeds 200 --hours 2 --only NAME`: plants each defect and looks for the first seed that finds it. A seed counts only if the
 * simulation without the defect has nothing to say of it.
 */
export async function mutantsProof({ flags, say }: ProofOptions): Promise<Proven> {
  const seeds = Number(flags['seeds'] ?? 200);
  const hours = Number(flags['hours'] ?? 2);
  const chosen = MUTANTS.filter(({ name }) => flags['only'] === undefined || name === flags['only']);
  const foundBy: Record<string, number> = {};
  for (const mutant of chosen) {
    const found = await finderOf(mutant, { seeds, hours });
    if (found !== undefined) foundBy[mutant.name] = found.seed;
    say(`${mutant.name}: ${found === undefined ? `NOT FOUND in ${seeds} seeds` : `seed ${found.seed}, ${found.how}`}`);
  }
  const found = Object.keys(foundBy).length;
  const figures = { planted: chosen.length, found, seedsMax: seeds, hours, foundBy };
  return { figures, violated: found < chosen.length };
}

interface Finder {
  readonly seed: number;
  readonly how: string;
}

/** Seeds that fail without the defect as well are passed over. */
async function finderOf(
  mutant: Mutant,
  run: { readonly seeds: number; readonly hours: number },
): Promise<Finder | undefined> {
  const { seeds, hours } = run;
  let from = 1;
  while (from <= seeds) {
    const first = await firstFailing(mutant, { seeds: seeds - from + 1, hours, from });
    if (first === undefined) return undefined;
    const whole = await simulate(first.seed, hours);
    if (whole.violations.length === 0) return first;
    from = first.seed + 1;
  }
  return undefined;
}

async function firstFailing(
  mutant: Mutant,
  run: { readonly seeds: number; readonly hours: number; readonly from: number },
): Promise<Finder | undefined> {
  const failing: Finder[] = [];
  await withSimulation(mutant, (bundle) =>
    runSeeds(bundle, { ...run, stop: true }, ({ seed, violations: [how] }) => {
      if (how !== undefined) failing.push({ seed, how: how.replaceAll(/\s+/g, ' ').slice(0, HOW_MAX) });
    }),
  );
  return failing.sort((a, b) => a.seed - b.seed)[0];
}
