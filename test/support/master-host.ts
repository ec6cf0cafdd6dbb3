import type { MasterHost, MasterProcess } from '../../src/engine/model/ports.ts';

/** A machine on which masters are started by saying so, and end when a test ends them. */
export class FakeHost implements MasterHost {
  readonly machine = 'vm-1';
  readonly commandLine = 'cbas master --deployment lab';
  readonly started: string[] = [];
  /** How the newest one ended. */
  ended: string | undefined;
  said = '';
  obeys = true;
  #master: MasterProcess | undefined;

  logFile(id: string): string {
    return `/state/cbas/local/lab/log/${id}.log`;
  }

  start(id: string): MasterProcess {
    this.started.push(id);
    this.ended = undefined;
    this.#master = {
      id,
      pid: 4_711,
      logFile: this.logFile(id),
      end: () => this.ended,
      lastLine: () => this.said,
      stop: () => {
        if (this.obeys) this.ended = 'exit 0';
        return Promise.resolve(this.obeys);
      },
    };
    return this.#master;
  }

  running(): MasterProcess | undefined {
    return this.ended === undefined ? this.#master : undefined;
  }
}
