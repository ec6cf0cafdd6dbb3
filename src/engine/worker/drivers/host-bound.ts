import type { DriverName } from '../../model/checkpoint.ts';
import type { HostFact } from './checkpoint-driver.ts';

/** What must match where a driver's checkpoint is restored: known also where the driver is not. */
export const HOST_BOUND: Readonly<Record<DriverName, readonly HostFact[]>> = {
  app: [],
  dmtcp: ['arch', 'cpuFlags', 'toolVersion'],
  criu: ['arch', 'cpuFlags', 'toolVersion', 'imageId'],
  none: [],
};
