import { Imds } from '../aws/imds.ts';
import type { MasterAbout } from '../engine/model/deployment.ts';
import { FaultError } from '../engine/model/fault.ts';
import type { Clock, InstanceMetadata } from '../engine/model/ports.ts';
import type { DurationMs, EpochMs } from '../engine/model/units.ts';

/** The instance that this process runs on. */
export interface OwnInstance {
  readonly metadata: Pick<InstanceMetadata, 'interruption'>;
  readonly about: Omit<MasterAbout, 'version' | 'host'>;
}

/**
 * Asks the metadata service; undefined where there is none. In local mode only one that the embedded AWS has given: nothing of a real
 * instance is asked there, and no time lost on looking for it.
 */
export async function ownInstance(
  mode: 'local' | 'aws',
  env: Readonly<Record<string, string | undefined>>,
): Promise<OwnInstance | undefined> {
  const given = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  if (env['AWS_EC2_METADATA_DISABLED'] === 'true' || (mode === 'local' && given === undefined)) return undefined;
  const metadata = new Imds(given);
  try {
    const { instanceId, zone } = await metadata.identity();
    const { privateIp, publicIp } = await metadata.addresses();
    return {
      metadata,
      about: {
        instanceId,
        zone,
        ...(privateIp !== '' && { privateIp }),
        ...(publicIp !== '' && { publicIp }),
      },
    };
  } catch (error) {
    // Nobody answers there, or something else does: then this is no instance.
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** The lead is given up so long before the end, or after half of the notice where that is shorter: another takes it meanwhile. */
const RESIGN_BEFORE_MS: DurationMs = 20_000;

export interface OwnNotice {
  /** When EC2 takes this instance; undefined while it stays. */
  readonly takeAt: () => EpochMs | undefined;
  /** Aborts when it is time to let another lead. */
  readonly mustLeave: AbortSignal;
  /** Resolves when the instance should be gone, or at the signal. */
  readonly taken: Promise<void>;
}

/** Looks for an interruption notice of this machine, for as long as the signal lets it. */
export function watchOwnNotice(options: {
  readonly metadata: Pick<InstanceMetadata, 'interruption'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly everyMs: DurationMs;
  readonly say: (line: string) => void;
}): OwnNotice {
  const { metadata, clock, signal, everyMs, say } = options;
  const leave = new AbortController();
  let takeAt: EpochMs | undefined;
  const taken = (async (): Promise<void> => {
    while (!signal.aborted && takeAt === undefined) {
      // A service that does not answer once answers the next time; a notice that was missed is one of two minutes.
      takeAt = (await metadata.interruption().catch(() => undefined))?.takeAt;
      if (takeAt === undefined) await clock.sleep(everyMs, signal);
    }
    if (takeAt === undefined) return;
    const leftMs = takeAt - clock.now();
    say(`EC2 takes this instance back in ${Math.round(leftMs / 1_000)} s`);
    await clock.sleep(Math.max(0, leftMs - Math.min(RESIGN_BEFORE_MS, leftMs / 2)), signal);
    leave.abort();
    await clock.sleep(Math.max(0, takeAt - clock.now()), signal);
  })();
  return { takeAt: () => takeAt, mustLeave: leave.signal, taken };
}
