import { localFiles } from '../../engine/worker/local-files.ts';
import { machineDrivers, probeAll } from '../../engine/worker/drivers/machine-drivers.ts';
import { processSupervisor } from '../../engine/worker/supervisor.ts';
import { systemClock } from '../clock.ts';
import { EXIT } from '../exit.ts';
import { printJson, printTable } from '../output.ts';

/** `cbas worker --probe`: how a worker on this machine could save jobs, and why not otherwise. It needs no deployment. */
export async function probeWorker(options: { readonly json?: boolean }): Promise<number> {
  const ports = { files: localFiles, supervisor: processSupervisor, clock: systemClock };
  const probes = await probeAll(machineDrivers({ ports, environment: process.env, imageId: '' }));
  const rows = probes.map(({ name, probe }) => ({
    driver: name as string,
    works: probe.ok,
    toolVersion: probe.ok && probe.toolVersion !== '' ? probe.toolVersion : null,
    detail: probe.ok ? probe.detail : probe.why,
  }));
  if (options.json === true) printJson(rows);
  else
    printTable(
      [
        { title: 'driver', text: ({ driver }) => driver },
        { title: 'here', text: ({ works }) => (works ? 'yes' : 'no') },
        { title: 'detail', text: ({ detail }) => detail },
      ],
      rows,
    );
  return EXIT.done;
}
