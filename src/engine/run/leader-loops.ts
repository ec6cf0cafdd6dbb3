import type { EngineEvent } from '../model/event.ts';
import type { Clock, Compute, Message, Queue } from '../model/ports.ts';
import type { InterruptionNotice } from '../model/worker.ts';
import { decodeMessage, NOTICE_MS, type QueueMessage } from '../protocol/messages.ts';
import { pollForever } from './poll.ts';

/** SQS's own longest wait: an idle queue then costs three requests a minute. */
const LONG_POLL_MS = 20_000;

export interface LoopContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
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
  await receiveForever('pings', { queue, context, handle });
}

/** Receives what EventBridge sends of EC2; a state change is a reason to look at EC2's list at once. */
export async function receiveEvents(queue: Queue, compute: Compute, context: LoopContext): Promise<void> {
  const handle: Handle = async (messages, at) => {
    const notices = messages.flatMap((message) =>
      message.kind === 'interruption'
        ? [
            {
              workerId: message.instanceId,
              notice: { noticedAt: at, takeAt: message.at + NOTICE_MS, source: 'event' } satisfies InterruptionNotice,
            },
          ]
        : [],
    );
    const stateChanged = messages.some(({ kind }) => kind === 'state-change');
    const events: EngineEvent[] = notices.length === 0 ? [] : [{ kind: 'notices.received', at, notices }];
    if (stateChanged)
      events.push({ kind: 'instances.observed', at: context.clock.now(), rows: await compute.instances() });
    return events;
  };
  await receiveForever('events', { queue, context, handle });
}

type Handle = (
  messages: readonly QueueMessage[],
  at: number,
) => readonly EngineEvent[] | Promise<readonly EngineEvent[]>;

async function receiveForever(
  source: 'pings' | 'events',
  receiving: { readonly queue: Queue; readonly context: LoopContext; readonly handle: Handle },
): Promise<void> {
  const { queue, context, handle } = receiving;
  const { clock, signal, dispatch } = context;
  await pollForever({
    ...context,
    source,
    everyMs: 1,
    poll: async () => {
      const received: readonly Message[] = await queue.receive(LONG_POLL_MS, signal);
      if (received.length === 0) return [];
      const decoded = received.map(({ body }) => decodeMessage(body, parseTime));
      const unknown = decoded.flatMap((message) => (message.kind === 'unknown' ? [message.what] : []));
      const events = [...(await handle(decoded, clock.now()))];
      if (unknown.length > 0) events.push({ kind: 'messages.unknown', at: clock.now(), source, what: unknown });
      // Deleted only after they were taken in: a crash in between delivers them again, and both handlers are idempotent.
      dispatch(events);
      await queue.delete(received);
      return [];
    },
  });
}
