import { hasLeader } from '../decide/has-leader.ts';
import type { MasterAbout } from '../model/deployment.ts';
import type { OwnMaster } from '../model/engine.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';

/** A master that this console knows of. */
export interface MasterLine {
  readonly id: string;
  /** leads = by a lease that is not over; gone = its lease ran out; led = another came after it; runs = started here, and not the leader. */
  readonly state: 'leads' | 'gone' | 'led' | 'runs';
  /** 0 when that is not known. */
  readonly epoch: number;
  /** Until its lease ends; negative when that is past; undefined where it has none. */
  readonly leaseLeftMs: DurationMs | undefined;
  /** Since it is seen to be what it is; 0 when that was before this console looked. */
  readonly since: EpochMs;
  /** Since its newest pulse. */
  readonly pulseMs: DurationMs | undefined;
  /** What it says of itself; not there of those that lead no more. */
  readonly about?: MasterAbout;
  /** Started from this console. */
  readonly own: OwnMaster | undefined;
}

const LEADS = /^(\S+) leads now$/;

/** The leader first, then a master started here that waits, then those that led while this console looked, the newest first. */
export function masterLines(snapshot: Snapshot, own: OwnMaster | undefined, now: EpochMs): readonly MasterLine[] {
  const { leader, pulse } = snapshot;
  const terms = snapshot.notables.flatMap(({ group, sentence, since, at }) => {
    const [, id] = LEADS.exec(sentence) ?? [];
    return id === undefined || !group.startsWith('leader:')
      ? []
      : [{ id, epoch: Number(group.slice('leader:'.length)), since: since ?? at }];
  });
  const lines: MasterLine[] = [];
  if (leader !== undefined) {
    lines.push({
      id: leader.id,
      state: hasLeader(snapshot, now) ? 'leads' : 'gone',
      epoch: leader.epoch,
      leaseLeftMs: leader.until - now,
      since: terms.find(({ epoch }) => epoch === leader.epoch)?.since ?? 0,
      pulseMs: pulse !== undefined && pulse.leaderId === leader.id ? now - pulse.at : undefined,
      own: own?.id === leader.id ? own : undefined,
      ...(leader.about !== undefined && { about: leader.about }),
    });
  }
  if (own !== undefined && own.id !== leader?.id) lines.push({ ...UNKNOWN, id: own.id, state: 'runs', own });
  const former = terms.filter(({ epoch }) => epoch !== leader?.epoch).toReversed();
  return [
    ...lines,
    ...former.map(({ id, epoch, since }): MasterLine => ({ ...UNKNOWN, id, state: 'led', epoch, since })),
  ];
}

const UNKNOWN = { epoch: 0, leaseLeftMs: undefined, since: 0, pulseMs: undefined, own: undefined } as const;

/** Changes of the leader that this console has seen. */
export function failovers({ notables }: Pick<Snapshot, 'notables'>): number {
  return notables.filter(({ group }) => group.startsWith('leader:')).length;
}
