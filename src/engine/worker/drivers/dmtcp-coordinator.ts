import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../model/ports.ts';
import type { DmtcpTools } from './dmtcp-tools.ts';
import type { PortGuard } from './port-guard.ts';

const PORT_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 10;
/** It ends by itself with its last process; later it is ended. */
const GONE_WITHIN_MS = 2_000;
const KNOWN_WITHIN_MS = 500;

/** The coordinator of one attempt: a child of the agent, on a port of its own that only this machine can reach. */
export class DmtcpCoordinator {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #guard: PortGuard;
  readonly #clock: Clock;

  private constructor(port: number, child: ChildProcess, beside: { readonly guard: PortGuard; readonly clock: Clock }) {
    this.port = port;
    this.#child = child;
    this.#guard = beside.guard;
    this.#clock = beside.clock;
  }

  /** Images and scripts go to `agent`/ck. A sentence when it cannot be started, or its port not be closed. */
  static async start(
    tools: DmtcpTools,
    agent: string,
    beside: { readonly guard: PortGuard; readonly clock: Clock },
  ): Promise<DmtcpCoordinator | string> {
    const [images, temporary] = [path.join(agent, 'ck'), path.join(agent, 'tmp')];
    const portFile = path.join(agent, 'coord.port');
    for (const folder of [images, temporary]) fs.mkdirSync(folder, { recursive: true });
    fs.rmSync(portFile, { force: true });
    const where = ['--port', '0', '--port-file', portFile, '--ckptdir', images, '--tmpdir', temporary];
    const log = ['--coord-logfile', path.join(agent, 'coord.log')];
    const child = spawn(tools.coordinator, ['-q', '-q', '--exit-on-last', ...where, ...log, '-i', '0'], {
      stdio: 'ignore',
      cwd: agent,
    });
    let failed: string | undefined;
    child.once('error', (error) => (failed = error.message));
    child.once('exit', (code) => (failed = `it ended with ${code}`));
    const { clock, guard } = beside;
    const deadline = clock.monotonicMs() + PORT_WITHIN_MS;
    for (;;) {
      const port = fs.existsSync(portFile) ? Number(fs.readFileSync(portFile, 'utf8').trim()) : 0;
      if (port > 0) {
        const open = await guard.close(port);
        if (open === undefined) return new DmtcpCoordinator(port, child, beside);
        child.kill('SIGKILL');
        return open;
      }
      if (failed !== undefined || clock.monotonicMs() > deadline) {
        child.kill('SIGKILL');
        return `dmtcp_coordinator: ${failed ?? 'it told no port'}`;
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it ended otherwise than with its last process. That of a process may be known a moment before its own end is. */
  async died(): Promise<boolean> {
    const deadline = this.#clock.monotonicMs() + KNOWN_WITHIN_MS;
    while (this.isAlive && this.#clock.monotonicMs() < deadline) await this.#clock.sleep(LOOK_EVERY_MS);
    return this.#child.signalCode !== null || (this.#child.exitCode ?? 0) !== 0;
  }

  /** After the job's end: never before, for with it the job ends too. */
  async close(): Promise<void> {
    const deadline = this.#clock.monotonicMs() + GONE_WITHIN_MS;
    while (this.isAlive && this.#clock.monotonicMs() < deadline) await this.#clock.sleep(LOOK_EVERY_MS);
    this.#child.kill('SIGKILL');
    await this.#guard.open(this.port);
  }
}
