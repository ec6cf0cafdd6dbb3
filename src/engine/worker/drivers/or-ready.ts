import type { Files } from '../../model/ports.ts';
import { copyState, readyMark, type ReadyMark } from './app-checkpoint.ts';
import type { DriverJob, PackedState, SavableProcess } from './checkpoint-driver.ts';

/** Why the driver is another one than at the start. */
export const SAVES_BY_ITSELF = 'the program saves by itself: it wrote READY';

/**
 * A process whose program may save by itself, though its document does not say so: from its first READY on the states are
 * taken that it saves, as `app` does, and no others. Only the program knows what belongs together.
 */
export function orReady(process: SavableProcess, files: Files, job: DriverJob): SavableProcess {
  const { checkpoint: folder, copy } = job.folders;
  let taken: ReadyMark | undefined;
  let adopted = false;
  const mark = async (): Promise<ReadyMark | undefined> => {
    const found = await readyMark(files, folder);
    if (found !== undefined) adopted = true;
    return found;
  };
  const pack = async (): Promise<PackedState | undefined> => {
    const saved = await copyState(files, folder, copy);
    if (saved === undefined || saved.mark === taken) return undefined;
    return { files: saved.files, committed: () => void (taken = saved.mark) };
  };
  return {
    ended: process.ended,
    get driver() {
      return adopted ? 'app' : process.driver;
    },
    get canBeAsked() {
      return !adopted && process.canBeAsked;
    },
    signal: (name) => process.signal(name),
    stop: (graceMs) => process.stop(graceMs),
    kill: () => process.kill(),
    close: () => process.close(),
    async hasNews() {
      const found = await mark();
      return found !== undefined && found !== taken;
    },
    async checkpoint(request) {
      await mark();
      if (!adopted) return process.checkpoint(request);
      return { stopMs: 0, pack, about: { toolVersion: '', peers: 0, packed: 'none' } };
    },
  };
}
