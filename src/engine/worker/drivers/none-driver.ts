import type { Supervisor } from '../../model/ports.ts';
import { startProgram } from './app-driver.ts';
import type { CheckpointDriver, DriverJob, SavableProcess } from './checkpoint-driver.ts';
import { HOST_BOUND } from './host-bound.ts';

/** Saves nothing: a job that is interrupted begins anew. */
export function noneDriver(supervisor: Supervisor): CheckpointDriver {
  const start = async (job: DriverJob): Promise<SavableProcess> => {
    const process = startProgram(supervisor, job);
    return {
      ...process,
      driver: 'none',
      canBeAsked: false,
      hasNews: async () => false,
      checkpoint: async () => undefined,
      close: async () => undefined,
    };
  };
  return {
    name: 'none',
    capabilities: { needsRoot: false, stopsJob: false, hostBound: HOST_BOUND.none, samePath: false },
    probe: async () => ({ ok: true, toolVersion: '', detail: 'saves nothing' }),
    refuses: async () => undefined,
    start,
    restore: (job) => start(job),
  };
}
