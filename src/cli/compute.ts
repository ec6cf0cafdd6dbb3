import os from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ComputeTask, TaskInput, TaskOutput } from './compute-tasks.ts';

export interface ComputeOptions {
  /** Ends the threads; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** After each input that is done. */
  readonly onDone?: (done: number, total: number) => void;
  /** Default: all cores, and never more than there are inputs. */
  readonly threads?: number;
}

/** What a thread is asked for, and what it answers. */
export interface ComputeRequest {
  readonly task: ComputeTask;
  readonly at: number;
  readonly input: unknown;
}
export type ComputeReply =
  { readonly at: number; readonly output: unknown } | { readonly at: number; readonly error: unknown };

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './compute-worker.ts' : './compute-worker.js', import.meta.url);

/**
 * Runs a task over inputs in worker threads; outputs stand in the order of their inputs, whatever the number of threads, so
 * that a task which draws its chance from a seed in its input is deterministic. Inputs and outputs are copied, typed arrays
 * included. Rejects with the first error of a task; nothing runs on after it has settled.
 */
export async function compute<Task extends ComputeTask>(
  task: Task,
  inputs: readonly TaskInput<Task>[],
  { signal, onDone, threads = os.availableParallelism() }: ComputeOptions = {},
): Promise<readonly TaskOutput<Task>[]> {
  signal?.throwIfAborted();
  const outputs: TaskOutput<Task>[] = [];
  let next = 0;
  let done = 0;
  const workers = Array.from({ length: Math.min(threads, inputs.length) }, () => new Worker(ENTRY));
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const lane = async (worker: Worker): Promise<void> => {
    while (next < inputs.length) {
      const at = next++;
      outputs[at] = (await ask(worker, { task, at, input: inputs[at] })) as TaskOutput<Task>;
      onDone?.(++done, inputs.length);
    }
  };
  try {
    await Promise.race([Promise.all(workers.map(lane)), stopped]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return outputs;
}

function ask(worker: Worker, request: ComputeRequest): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = (code: number): void => reject(new Error(`a computing thread ended with code ${code}`));
  const onReply = (reply: ComputeReply): void => ('error' in reply ? reject(reply.error) : resolve(reply.output));
  worker.on('error', reject).on('exit', onExit).on('message', onReply);
  worker.postMessage(request);
  return promise.finally(() => worker.off('error', reject).off('exit', onExit).off('message', onReply));
}
