import { parentPort } from 'node:worker_threads';
import type { ComputeReply, ComputeRequest } from './compute.ts';
import { runTask } from './compute-tasks.ts';

// A thread of `compute`: one input at a time, and no state between them.
parentPort?.on('message', ({ task, at, input }: ComputeRequest) => {
  void runTask(task, input)
    .then((output): ComputeReply => ({ at, output }))
    .catch((error: unknown): ComputeReply => ({ at, error }))
    .then((reply) => parentPort?.postMessage(reply));
});
