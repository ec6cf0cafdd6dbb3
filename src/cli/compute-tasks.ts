import type { RecordedMarket } from '../engine/market/recorded-market.ts';

/**
 * What can be computed in a thread: pure functions of one input that can be copied, each loaded when it is first asked for.
 * A new one is a line here.
 */
const TASKS = {
  extent: async () => extent,
  deadline: async () => (await import('../engine/sim/deadline-trials.ts')).runTrial,
  guarantee: async () => (await import('../engine/sim/guarantee-trial.ts')).guaranteeTrial,
  market: async () => (await import('../engine/sim/market-trial.ts')).marketTrial,
  bids: async () => (await import('../engine/sim/bid-study.ts')).studyBids,
  eta: async () => (await import('../engine/sim/what-if-trial.ts')).etaTrial,
  checkpoints: async () => (await import('../engine/sim/checkpoint-study.ts')).studyCheckpoints,
} as const;

export type ComputeTask = keyof typeof TASKS;
type TaskFunction<Task extends ComputeTask> = Awaited<ReturnType<(typeof TASKS)[Task]>>;
export type TaskInput<Task extends ComputeTask> = Parameters<TaskFunction<Task>>[0];
export type TaskOutput<Task extends ComputeTask> = ReturnType<TaskFunction<Task>>;

export async function runTask(task: ComputeTask, input: unknown): Promise<unknown> {
  return (await TASKS[task]())(input as never);
}

/** First and last instant of a market's prices, epoch ms, and how many there are. */
function extent({ series: { atMs } }: RecordedMarket): { points: number; fromMs: number; toMs: number } {
  return { points: atMs.length, fromMs: atMs[0] ?? 0, toMs: atMs.at(-1) ?? 0 };
}
