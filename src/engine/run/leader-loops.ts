import type { EngineEvent } from '../model/event.ts';
import type { Clock, Compute, Message, Queue } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';
import type { InterruptionNotice } from '../model/worker.ts';
import { decodeMessage, NOTICE_MS, type QueueMessage } from '../protocol/messages.ts';
import { pollForever } from './poll.ts';

/** SQS's own longest wait: an idle queue then costs three requests a minute. */
const LONG_POLL_MS = 20_000;
/** Between two looks at how many dead letters lie beside a queue: they are there to stay until somebody comes. */
const DEAD_LOOK_MS = 10_000;
/** Ids of unknown messages that are remembered, so that each is told once of the several times that it comes. */
const SEEN_MAX = 1_000;

export interface LoopContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
  /** From a notice to the taking; not said: EC2's. */
  readonly noticeMs?: DurationMs;
}

const parseTime = (iso: string): number => Date.parse(iso);

/** Receives pings; only the leader does, so that three consoles never make a worker look silent. */
export async function receivePings(queue: Queue, context: LoopContext): Promise<void> {
  const handle: Handle = (messages, at) => {
    const pings = messages.flatMap((message) =>
      message.kind === 'ping' ? [{ workerId: message.workerId, at: message.at }] : [],
    );
    return pings.length === 0 ? [] : [{ kind: 'pings.received', at, pings }];
  };
  await receiveForever({ source: 'pings', name: 'ping', queue, context, handle, afterwards: async () => [] });
}

/** Receives what EventBridge sends of EC2; a state change is a reason to look at EC2's list at once. */
export async function receiveEvents(queue: Queue, compute: Compute, context: LoopContext): Promise<void> {
  // A look that failed stays owed: its message is gone by then, and what it was about must not wait for the next comparison.
  let isLookOwed = false;
  const handle: Handle = (messages, at) => {
    isLookOwed ||= messages.some(({ kind }) => kind === 'state-change');
    const notices = messages.flatMap((message) =>
      message.kind === 'interruption'
        ? [
            {
              workerId: message.instanceId,
              notice: {
                noticedAt: at,
                takeAt: message.at + (context.noticeMs ?? NOTICE_MS),
                source: 'event',
              } satisfies InterruptionNotice,
            },
          ]
        : [],
    );
    const recommendations = messages.flatMap((message) =>
      message.kind === 'rebalance' ? [{ workerId: message.instanceId, at: message.at }] : [],
    );
    const events: EngineEvent[] = [];
    if (notices.length > 0) events.push({ kind: 'notices.received', at, notices });
    if (recommendations.length > 0) events.push({ kind: 'rebalances.received', at, recommendations });
    return events;
  };
  const look = async (): Promise<readonly EngineEvent[]> => {
    if (!isLookOwed) return [];
    const rows = await compute.instances();
    isLookOwed = false;
    return [{ kind: 'instances.observed', at: context.clock.now(), rows }];
  };
  await receiveForever({ source: 'events', name: 'events', queue, context, handle, afterwards: look });
}

type Handle = (messages: readonly QueueMessage[], at: number) => readonly EngineEvent[];

interface Receiving {
  readonly source: 'pings' | 'events';
  /** The queue's name within the deployment. */
  readonly name: string;
  readonly queue: Queue;
  readonly context: LoopContext;
  readonly handle: Handle;
  /** What a message led to that may fail: tried after each, and before the next as long as it is owed. */
  readonly afterwards: () => Promise<readonly EngineEvent[]>;
}

/**
 * What is understood is taken in and deleted: a crash in between delivers it again, and all handlers are idempotent. What is
 * not understood is told once and left alone: it is hidden for a while, so that the others come through, comes back, and
 * after five times SQS puts it among the dead letters, where `cbas deadletters` finds it.
 */
async function receiveForever(receiving: Receiving): Promise<void> {
  const { source, queue, context, handle, afterwards } = receiving;
  const { clock, signal, dispatch } = context;
  const seen = new Set<string>();
  const lookAtDead = deadLooker(receiving);
  await pollForever({
    ...context,
    source,
    everyMs: 1,
    poll: async () => {
      dispatch(await afterwards());
      await lookAtDead();
      const received: readonly Message[] = await queue.receive(LONG_POLL_MS, signal);
      if (received.length === 0) return [];
      const decoded = received.map((message) => ({ message, content: decodeMessage(message.body, parseTime) }));
      const events = [
        ...handle(
          decoded.map(({ content }) => content),
          clock.now(),
        ),
      ];
      const what = decoded.flatMap(({ message: { id }, content }) =>
        content.kind === 'unknown' && isFirst(seen, id) ? [content.what] : [],
      );
      if (what.length > 0) events.push({ kind: 'messages.unknown', at: clock.now(), source, what });
      dispatch(events);
      const understood = decoded.filter(({ content }) => content.kind !== 'unknown').map(({ message }) => message);
      if (understood.length > 0) await queue.delete(understood);
      return afterwards();
    },
  });
}

/** Whether it was not among the newest that were seen; it is from now on. */
function isFirst(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  const [oldest] = seen;
  if (seen.size >= SEEN_MAX && oldest !== undefined) seen.delete(oldest);
  seen.add(id);
  return true;
}

/** Tells the depth of the dead-letter queue when it has changed. */
function deadLooker({ name, queue, context: { clock, dispatch } }: Receiving): () => Promise<void> {
  let lookedMs: DurationMs = -Infinity;
  let known: number | undefined;
  return async () => {
    if (queue.deadDepth === undefined || clock.monotonicMs() - lookedMs < DEAD_LOOK_MS) return;
    const depth = await queue.deadDepth();
    lookedMs = clock.monotonicMs();
    if (depth !== known) dispatch([{ kind: 'deadletters.observed', at: clock.now(), queue: name, depth }]);
    known = depth;
  };
}
