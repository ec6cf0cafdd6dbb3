import { isTerminal, type JobRow } from '../../src/engine/model/job.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import { readHistory } from '../../proof/chaos/history.ts';
import { Cloud, shell } from '../../test/support/cloud.ts';
import { eventually, holds } from '../../test/support/eventually.ts';
import { World } from '../../test/support/processes.ts';
import { percentiles } from '../percentiles.ts';
import { type Attempt, attemptsOf, bestFixed, type Interruption } from './attempts.ts';

const WORKERS = 8;
const JOBS = 100;
/** Each a fifth of a second: 30 s. */
const STEPS = 150;
const WORK_MS = STEPS * 200;
const EVERY_MS = 20_000;
/** Moves from one warm worker to another, with a notice. */
const WARM_MOVES = 3;
const ENDS_WITHIN_MS = 1_500_000;

/** Waits and counts; saves when it is asked. */
function countingJob(name: string): object {
  const line = `
    cd "$CBAS_CHECKPOINT_DIR"; n=0; [ -f n ] && n=$(cat n)
    trap 'echo $n >.n; mv .n n; echo $n >.r; mv .r READY' USR2
    while [ $n -lt ${STEPS} ]; do n=$((n + 1)); sleep 0.2; done
    mkdir -p "$CBAS_WORK_DIR/out"; echo "{\\"n\\": $n}" >"$CBAS_WORK_DIR/out/count.json"`;
  return shell(name, line, {
    outputs: [{ path: 'out/count.json', name: 'count' }],
    checkpoint: { driver: 'app', signal: 'SIGUSR2', intervalS: 'auto' },
    record: { book: 'counts', key: name, from: 'count' },
  });
}

/** Eight instances of the embedded AWS, a hundred jobs of 30 s, and every 20 s an instance taken back, half of the times without a word. */
export async function interruptionsBench(say: (line: string) => void): Promise<object> {
  await using world = new World();
  const cloud = await Cloud.start(world, { name: 'bench', workers: WORKERS });
  const master = cloud.master();
  const ids = await cloud.submit(...Array.from({ length: JOBS }, (_, at) => countingJob(`count-${at}`)));
  await cloud.workersServe(1, 60_000);
  const interruptions = await interruptUntilDone(cloud, ids, say);
  const rows = await rowsOf(cloud, ids);
  const exact = rows.filter(({ state, record }) => state === 'SUCCEEDED' && record?.value['n'] === STEPS).length;
  const askedAgainMs = replacements(await cloud.workers(), interruptions);
  const warm = await warmMoves(cloud, say);
  master.signal('SIGTERM');
  await master.exitCode(20_000);
  const history = readHistory(world.state);
  const attempts = ids.flatMap((id) => attemptsOf(history.rows.get(id) ?? [], interruptions));
  await cloud.stop();
  return {
    jobs: JOBS,
    exact,
    interruptions: interruptions.length,
    ...figuresOf(attempts, interruptions),
    askedAgainMs,
    ...warm,
  };
}

const rowsOf = (cloud: Cloud, ids: readonly string[]): Promise<readonly JobRow[]> =>
  Promise.all(ids.map((id) => cloud.job(id)));

async function interruptUntilDone(
  cloud: Cloud,
  ids: readonly string[],
  say: (line: string) => void,
): Promise<readonly Interruption[]> {
  const rng = seededRng(1);
  const made: Interruption[] = [];
  let dueAt = Date.now() + EVERY_MS;
  const look = async (): Promise<true | undefined> => {
    const open = (await rowsOf(cloud, ids)).filter(({ state }) => !isTerminal(state)).length;
    if (open === 0) return true;
    if (Date.now() < dueAt) return undefined;
    const busy = (await cloud.workers()).filter(({ state, notice }) => state === 'BUSY' && notice === undefined);
    const victim = busy[rng.below(busy.length)];
    const told = made.length % 2 === 0;
    const at = Date.now();
    if (victim !== undefined && (await cloud.interrupt(victim.id, told))) {
      made.push({ at, workerId: victim.id, told });
      dueAt = at + EVERY_MS;
      say(`${open} jobs left; ${victim.id} is taken back ${told ? 'with a notice' : 'without a word'}`);
    }
    return undefined;
  };
  await eventually('every job has ended', look, { withinMs: ENDS_WITHIN_MS, everyMs: 500 });
  return made;
}

/** From each notice until EC2 is asked for the next worker, as the worker's row says; the limit is 2 s. */
function replacements(workers: readonly WorkerRow[], interruptions: readonly Interruption[]): object {
  const asked = workers.map(({ phases }) => phases.requestedAt).sort((a, b) => a - b);
  const waits = interruptions
    .filter(({ told }) => told)
    .flatMap(({ at }): readonly number[] => {
      const next = asked.find((time) => time >= at);
      return next === undefined || next - at >= EVERY_MS ? [] : [next - at];
    });
  return percentiles(waits);
}

/** A job on one of several idle workers; its worker is noticed: how long until it runs on another. */
async function warmMoves(cloud: Cloud, say: (line: string) => void): Promise<object> {
  const moves: { readonly movedMs: number; readonly limitMs: number; readonly beforeTheEnd: boolean }[] = [];
  for (let move = 0; move < WARM_MOVES; move++) {
    const [id = ''] = await cloud.submit(countingJob(`warm-${move}`));
    const saved = async () => {
      const job = await cloud.job(id);
      return job.state === 'RUNNING' && job.checkpoint !== undefined ? job : undefined;
    };
    const job = await eventually('it runs and is saved', saved, { withinMs: 60_000 });
    await eventually('another worker is idle', async () => holds((await cloud.workers()).some(({ state }) => state === 'IDLE')), { withinMs: 60_000 }); // prettier-ignore
    // The leader tells every second who is free.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const at = Date.now();
    await cloud.interrupt(job.leaseOwner, true);
    const elsewhere = async () => {
      const row = await cloud.job(id);
      return row.epoch > job.epoch && row.state === 'RUNNING' ? row : undefined;
    };
    const moved = await eventually('it runs elsewhere', elsewhere, { withinMs: 60_000 });
    const takeAt = (await cloud.workers()).find(({ id: worker }) => worker === job.leaseOwner)?.notice?.takeAt ?? 0;
    const { stopMs = 0, uploadMs = 0 } = moved.checkpoint ?? {};
    moves.push({ movedMs: moved.changedAt - at, limitMs: stopMs + uploadMs + 2_000, beforeTheEnd: moved.changedAt < takeAt }); // prettier-ignore
    say(`moved to a warm worker in ${moved.changedAt - at} ms; stop ${stopMs} ms, upload ${uploadMs} ms`);
  }
  return {
    warm: {
      movedMs: moves.map(({ movedMs }) => movedMs),
      limitMs: moves.map(({ limitMs }) => limitMs),
      within: moves.every(({ movedMs, limitMs, beforeTheEnd }) => movedMs <= limitMs && beforeTheEnd),
    },
  };
}

function figuresOf(attempts: readonly Attempt[], interruptions: readonly Interruption[]): object {
  const hit = attempts.filter(({ interruption }) => interruption !== undefined);
  const [told, untold] = [true, false].map((is) => hit.filter(({ interruption }) => interruption?.told === is)) as [
    Attempt[],
    Attempt[],
  ];
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
  const stops = attempts.flatMap(({ checkpoints }) => checkpoints.map(({ stopMs }) => stopMs));
  const again = attempts.filter(({ interruption, resumedAt }) => interruption !== undefined && resumedAt !== undefined);
  const starts = attempts.flatMap(({ claimedAt, runningAt }) =>
    runningAt === undefined ? [] : [runningAt - claimedAt],
  );
  const costs = { stopMs: mean(stops), restartMs: mean(starts) };
  const lostMs = sum(hit.map((one) => one.lostMs));
  const workMs = JOBS * WORK_MS;
  const percent = (ms: number): number => Number(((100 * ms) / workMs).toFixed(2));
  const best = bestFixed(attempts, costs);
  const intervals = attempts.flatMap(({ checkpoints }) =>
    checkpoints.slice(1).map(({ at }, index) => at - (checkpoints[index]?.at ?? at)),
  );
  const halfIntervalMs = Math.round(mean(intervals) / 2);
  return {
    lostWorkPct: percent(lostMs),
    lostWithNoticePct: percent(sum(told.map((one) => one.lostMs))),
    lostWithoutNoticeMs: Math.round(mean(untold.map((one) => one.lostMs))),
    halfIntervalMs,
    overheadPct: percent(lostMs + sum(stops) + hit.length * costs.restartMs),
    dalyPct: percent(best.costMs),
    dalyEveryMs: best.everyMs,
    stopMs: Math.round(costs.stopMs),
    restartMs: Math.round(costs.restartMs),
    resumeMs: percentiles(again.map(({ endedAt, resumedAt }) => (resumedAt ?? 0) - endedAt)),
    missedNotices: told.filter(({ lostMs: lost }) => lost > 0).length,
    hit: hit.length,
    made: {
      told: interruptions.filter((one) => one.told).length,
      untold: interruptions.filter((one) => !one.told).length,
    },
  };
}
