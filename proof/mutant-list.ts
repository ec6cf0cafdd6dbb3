import type { Mutant } from './simulation-bundle.ts';

/** Defects of the kind that somebody could make in good faith. The simulation must find each. */
export const MUTANTS: readonly Mutant[] = [
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
    file: 'engine/worker/attempt-outputs.ts',
    find: 'await insist(() => uploadWithManifest(',
    replace: 'void insist(() => uploadWithManifest(',
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
    name: 'zombies-left',
    file: 'engine/decide/recovery.ts',
    find: "} else if (worker.state === 'TERMINATED' || (worker.state === 'LOST' && now - worker.changedAt > timings.leaseMs)) {",
    replace: '} else if (now < 0) {',
  },
  {
    name: 'orphans-left',
    file: 'engine/decide/recovery.ts',
    find: '    if (worker === undefined) {\n      const isRescue',
    replace: '    if (worker === undefined && now < 0) {\n      const isRescue',
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
    find: 'if ((fault !== undefined && isDoubtful(fault)) || !mayAct()) {',
    replace: 'if (!mayAct()) {',
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
