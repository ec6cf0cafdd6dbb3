import type { JobRow } from '../engine/model/job.ts';
import { isLeased, isTerminal } from '../engine/model/job.ts';
import { type Cockpit, READ_EVERY_MS, shownSnapshot } from './cockpit.ts';
import { type Frame, isDetailShown } from './frame.ts';
import { selectedId } from './screens/index.ts';
import { answered, type LogPane, queryOf } from './log-pane.ts';

/** What was written last is shipped about the end of a job, before it or after. */
const SETTLES_MS = 60_000;

/** Which log is open; another key is another reading. Empty when none is, or what is open is whole as it stands. */
export function logKeyOf(log: LogPane | undefined): string {
  return log === undefined || log.title !== undefined ? '' : `${log.jobId} ${log.stream} ${log.epoch ?? ''}`;
}

/** Reads the open log until the returned function is called. One question at a time. */
export function keepReadingLog(cockpit: Cockpit): () => void {
  const { engine, store, clock } = cockpit;
  const key = logKeyOf(store.getState().log);
  let isAsking = false;
  let isOver = false;
  const read = (): void => {
    const { log, frozen } = store.getState();
    if (log === undefined || isAsking || isOver) return;
    if (log.state === 'read' && (frozen !== undefined || isSettled(cockpit, log))) return;
    isAsking = true;
    void engine.readLog(queryOf(log)).then((answer) => {
      isAsking = false;
      const now = store.getState().log;
      if (!isOver && now !== undefined && logKeyOf(now) === key) store.setState({ log: answered(now, answer) });
    });
  };
  read();
  const stop = clock.every(READ_EVERY_MS, read);
  return () => {
    isOver = true;
    stop();
  };
}

/** Nothing more will come: the job has ended some time ago, or another run than the newest is shown. */
function isSettled(cockpit: Cockpit, { jobId, epoch }: LogPane): boolean {
  const job = shownSnapshot(cockpit).jobs.get(jobId);
  if (epoch !== undefined && epoch !== job?.epoch) return true;
  return job !== undefined && isTerminal(job.state) && cockpit.clock.now() - job.endedAt > SETTLES_MS;
}

/** The job whose detail is on the screen; undefined when there is none. */
export function detailJob({ snapshot, ui }: Pick<Frame, 'snapshot' | 'ui'>): JobRow | undefined {
  if (ui.screen !== 'jobs' || !isDetailShown(ui)) return undefined;
  return snapshot.jobs.get(selectedId('jobs', snapshot, ui));
}

/** What is read for a detail: anew when the job has moved; '' for nothing. */
export function factsKeyOf(job: JobRow | undefined): string {
  return job === undefined ? '' : `${job.id} ${job.rev}`;
}

/** Reads what the open detail shows. One question at a time: who runs down a list asks for where he stops, not for every row. */
export function keepReadingFacts(cockpit: Cockpit): () => void {
  const { engine, store, clock } = cockpit;
  let isAsking = false;
  let isOver = false;
  let asked = '';
  const read = (isTick: boolean): void => {
    const ui = store.getState();
    const job = ui.frozen === undefined ? detailJob({ snapshot: engine.snapshot(), ui }) : undefined;
    if (job === undefined || isAsking || isOver) return;
    // Its log grows while it runs; of others nothing changes but with their rev.
    if (factsKeyOf(job) === asked && !(isTick && (isLeased(job.state) || isFailed(ui.facts)))) return;
    isAsking = true;
    asked = factsKeyOf(job);
    void engine.readFacts(job.id).then((answer) => {
      isAsking = false;
      if (isOver) return;
      store.setState({ facts: { jobId: job.id, answer } });
      read(false);
    });
  };
  const stops = [
    clock.every(READ_EVERY_MS, () => read(true)),
    store.subscribe(() => read(false)),
    engine.subscribe(() => read(false)),
  ];
  read(false);
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}

function isFailed(facts: ReturnType<Cockpit['store']['getState']>['facts']): boolean {
  return facts?.answer.kind === 'failed';
}
