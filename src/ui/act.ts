import { hasLeader } from '../engine/decide/has-leader.ts';
import { mayHold, mayRelease, mayRetry } from '../engine/decide/plan-jobs.ts';
import type { Command } from '../engine/model/command.ts';
import { JOB } from '../engine/model/job-columns.ts';
import { isTerminal, type JobRow } from '../engine/model/job.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import { priceAt } from '../engine/select/price.ts';
import { type Cockpit, frameOf, type TerminalControl } from './cockpit.ts';
import { goTo } from './open-screen.ts';
import { type KeyBinding, type KeyContext, placeOf } from './keymap.ts';
import { propose } from './propose.ts';
import { selectedId } from './screens/index.ts';
import { tell, type UiState } from './state.ts';
import { undoHeld } from './held-acts.ts';
import { openShell } from './shell.ts';
import { openUrgency } from './urgency.ts';

/** What the footer and the keys ask about a screen. */
export function keyContext(cockpit: Cockpit): KeyContext {
  const frame = frameOf(cockpit);
  const { ui, snapshot, now } = frame;
  const jobs = targetJobs(frame);
  return {
    ...cockpit.engine.abilities(),
    holds: holdOrRelease(jobs),
    retries: ui.screen === 'overview' ? snapshot.jobCounts.FAILED > 0 : jobs.some(mayRetry),
    hurries: jobs.some(({ state }) => !isTerminal(state)),
    held: ui.held.length,
    leader: hasLeader(snapshot, now) ? (snapshot.leader?.id ?? '') : '',
    place: placeOf(ui),
    hasTarget: ui.marks.size > 0 || selectedId(ui.screen, snapshot, ui) !== '',
    isPaused: ui.frozen !== undefined,
    shown: cockpit.keymap.shown,
  };
}

/** An acting key: it opens a dialog, and nothing else. */
export function act(
  cockpit: Cockpit,
  binding: KeyBinding,
  { key, terminal }: { readonly key: string; readonly terminal: TerminalControl },
): void {
  const reason = binding.disabledReason?.(keyContext(cockpit));
  if (reason !== undefined) return tell(cockpit.store, `${key} ${binding.label}: ${reason}`);
  if (binding.id === 'launch')
    return cockpit.store.setState({ dialog: { kind: 'launch', typed: '', pool: undefined } });
  if (binding.id === 'bid') return openTuner(cockpit, selectedId('market', ...shown(cockpit)));
  if (binding.id === 'acknowledge') return acknowledge(cockpit);
  if (binding.id === 'undo' && undoHeld(cockpit)) return;
  if (binding.id === 'urgency') return openUrgency(cockpit, targetJobs(frameOf(cockpit)).filter(({ state }) => !isTerminal(state))); // prettier-ignore
  if (binding.id === 'shell') return openShell(cockpit, terminal, targets(frameOf(cockpit))[0] ?? '');
  const command = commandFor(cockpit, binding);
  if (command !== undefined) propose(cockpit, command, key);
}

/** Nothing happens to the deployment: the operator knows of it, so it is no longer loud here. Once more takes that back. */
function acknowledge({ store, ...cockpit }: Cockpit): void {
  const { ui, snapshot } = frameOf({ ...cockpit, store });
  const id = selectedId(ui.screen, snapshot, ui);
  const acknowledged = new Set(ui.acknowledged);
  if (!acknowledged.delete(id)) acknowledged.add(id);
  store.setState({ acknowledged });
}

/** Marked rows, or the one under the cursor: ids, captured now. */
function targets({ ui, snapshot }: ReturnType<typeof frameOf>): readonly string[] {
  const rows = ui.screen === 'jobs' ? snapshot.jobs : snapshot.workers;
  const marked = [...ui.marks].filter((id) => rows.get(id) !== undefined);
  if (marked.length > 0) return marked;
  const id = selectedId(ui.screen, snapshot, ui);
  return id === '' ? [] : [id];
}

function targetJobs(frame: ReturnType<typeof frameOf>): readonly JobRow[] {
  if (frame.ui.screen !== 'jobs') return [];
  return targets(frame).map((id) => frame.snapshot.jobs.get(id)).filter((row) => row !== undefined); // prettier-ignore
}

/** Of several, those that are not held yet decide: one key press holds them all, the next releases them. */
function holdOrRelease(jobs: readonly JobRow[]): 'hold' | 'release' | undefined {
  if (jobs.some(mayHold)) return 'hold';
  return jobs.some(mayRelease) ? 'release' : undefined;
}

/** More at once are a matter for `cbas retry`, which tells how far it has come. */
const RETRIED_AT_ONCE_MAX = 1_000;

/** What the Overview's line about failed jobs means: all of them, the newest in the table last. */
function failedJobs({ snapshot: { jobs } }: ReturnType<typeof frameOf>): readonly string[] {
  const stateOf = jobs.column(JOB.state);
  const ids: string[] = [];
  for (let at = 0; at < jobs.length && ids.length < RETRIED_AT_ONCE_MAX; at++) {
    if (stateOf(at) === 'FAILED') ids.push(jobs.idAt(at));
  }
  return ids;
}

function commandFor(cockpit: Cockpit, binding: KeyBinding): Command | undefined {
  const frame = frameOf(cockpit);
  const ids = targets(frame);
  const isJobs = frame.ui.screen === 'jobs';
  switch (binding.id) {
    case 'checkpoint':
      return isJobs ? { kind: 'jobs.checkpoint', jobIds: ids } : { kind: 'workers.checkpoint', workerIds: ids };
    case 'kill':
      return isJobs
        ? { kind: 'jobs.kill', jobIds: ids }
        : { kind: 'workers.terminate', workerIds: ids, target: 'keep', first: 'checkpoint' };
    case 'drain':
      return { kind: 'workers.drain', workerIds: ids, target: 'keep', jobs: 'finish' };
    case 'roll':
      return { kind: 'workers.roll', pool: ids[0] ?? '' };
    case 'undo':
      return undoOfBid(frame);
    case 'hold':
      return { kind: holdOrRelease(targetJobs(frame)) === 'release' ? 'jobs.release' : 'jobs.hold', jobIds: ids };
    case 'retry':
      return { kind: 'jobs.retry', jobIds: frame.ui.screen === 'overview' ? failedJobs(frame) : ids };
    case 'terminate':
      return { kind: 'workers.terminate', workerIds: ids, target: 'keep', first: 'checkpoint' };
    case 'master':
      return { kind: 'master.start' };
    default:
      return undefined;
  }
}

/** On the Market the pool under the cursor; on the Overview the newest change: one's own, where one was made from here. */
function undoOfBid({ ui, snapshot }: ReturnType<typeof frameOf>): Command {
  const pool = ui.screen === 'market' ? selectedId('market', snapshot, ui) : '*';
  const { lastBid } = ui;
  const isMeant = lastBid !== undefined && (pool === '*' || pool === lastBid.pool);
  return { kind: 'bid.undo', pool, ...(isMeant && { expected: lastBid }) };
}

/** Begins at the bid in force, else a little above the price, where a first bid would be. */
function openTuner(cockpit: Cockpit, pool: string): void {
  const { snapshot, now } = frameOf(cockpit);
  const inForce = snapshot.settings.pools.find((setting) => setting.id === pool)?.bidUsdPerHour ?? 0;
  const price = priceAt(snapshot.markets[pool]?.points ?? [], now) ?? 0;
  const bidUsdPerHour = inForce > 0 ? inForce : roundBid(price * 1.2);
  cockpit.store.setState({
    dialog: { kind: 'bid', pool, policy: 'young', bidUsdPerHour, typed: '', before: undefined },
    message: undefined,
  });
}

function shown(cockpit: Cockpit): readonly [Snapshot, UiState] {
  const { snapshot, ui } = frameOf(cockpit);
  return [snapshot, ui];
}

/** The same for a pool by name, from any screen; undefined for a reason why not. */
export function tuneBid(cockpit: Cockpit, pool: string): string | undefined {
  if (!goTo(cockpit, 'market', pool)) return `${pool} is not on the Market screen`;
  openTuner(cockpit, pool);
  return undefined;
}

/** EC2 takes prices with four decimals. */
export function roundBid(usdPerHour: number): number {
  return Math.max(0.0001, Math.round(usdPerHour * 10_000) / 10_000);
}
