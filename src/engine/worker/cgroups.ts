import fs from 'node:fs';
import path from 'node:path';

/** Where Linux shows its control groups, and where it tells which one a process is in. */
export interface CgroupPlaces {
  readonly root: string;
  /** As /proc/self/cgroup. */
  readonly own: string;
}

const PLACES: CgroupPlaces = { root: '/sys/fs/cgroup', own: '/proc/self/cgroup' };
/** For the agent itself, once jobs have limits: a group with limits below it holds no processes. */
const AGENT_LEAF = 'cbas-agent';
/** The last processes of a group are gone a moment after they were killed. */
const REMOVE_TRIES = 100;
const REMOVE_EVERY_MS = 20;

/** Puts itself into the group and becomes the program: all that it ever starts is in it, too. */
export const JOIN_SCRIPT = 'echo $$ > "$0/cgroup.procs" || exit 125; exec "$@"';

/** A control group of one job. */
export class JobCgroup {
  readonly folder: string;
  /** 0 = none. */
  readonly limitBytes: number;

  constructor(folder: string, limitBytes: number) {
    this.folder = folder;
    this.limitBytes = limitBytes;
  }

  /** SIGKILL to all that is in it, also to what is just being forked. */
  kill(): void {
    this.#write('cgroup.kill', '1');
  }

  /** How many of its processes the kernel ended because there was no more memory for them. */
  get oomKills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.#read('memory.events'))?.[1] ?? 0);
  }

  /** Once it is empty. */
  async remove(): Promise<void> {
    for (let tries = 0; tries < REMOVE_TRIES; tries++) {
      try {
        fs.rmdirSync(this.folder);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      }
      await new Promise((resolve) => setTimeout(resolve, REMOVE_EVERY_MS).unref());
    }
  }

  #read(name: string): string {
    try {
      return fs.readFileSync(path.join(this.folder, name), 'utf8');
    } catch {
      // Without the controller there is no such file.
      return '';
    }
  }

  #write(name: string, text: string): void {
    tryWrite(path.join(this.folder, name), text);
  }
}

/** The control groups (version 2) that this worker may make below its own. */
export class Cgroups {
  readonly #base: string;
  readonly #hasMemory: boolean;
  readonly #memoryBytes: number;
  #made = 0;

  private constructor(base: string, hasMemory: boolean, memoryBytes: number) {
    this.#base = base;
    this.#hasMemory = hasMemory;
    this.#memoryBytes = memoryBytes;
  }

  /** undefined where there are none, or where this worker may not make any. `memoryBytes`: what each job may have; 0 = no limit. */
  static open(memoryBytes: number, places: CgroupPlaces = PLACES): Cgroups | undefined {
    try {
      // Only version 2 has this file at its root.
      if (!fs.existsSync(path.join(places.root, 'cgroup.controllers'))) return undefined;
      const own = /^0::(\/.*)$/m.exec(fs.readFileSync(places.own, 'utf8'))?.[1];
      if (own === undefined) return undefined;
      const base = path.join(places.root, own);
      const tried = path.join(base, `cbas-try-${process.pid}`);
      fs.mkdirSync(tried);
      fs.rmdirSync(tried);
      return new Cgroups(base, memoryBytes > 0 && mayLimitMemory(base), memoryBytes);
    } catch {
      return undefined;
    }
  }

  /** undefined when it cannot be made: then the job runs without. */
  make(name: string): JobCgroup | undefined {
    // A program that is run again has another group: what the kernel counted of the first is not its.
    const folder = path.join(this.#base, `cbas-${name}-${++this.#made}`);
    try {
      fs.mkdirSync(folder);
    } catch {
      return undefined;
    }
    const isLimited = this.#hasMemory && tryWrite(path.join(folder, 'memory.max'), String(this.#memoryBytes));
    return new JobCgroup(folder, isLimited ? this.#memoryBytes : 0);
  }
}

/** The kernel wants a group with limited groups below it to be empty: the agent moves into one of its own. */
function mayLimitMemory(base: string): boolean {
  const control = path.join(base, 'cgroup.subtree_control');
  if (/\bmemory\b/.test(fs.readFileSync(control, 'utf8'))) return true;
  if (!/\bmemory\b/.test(fs.readFileSync(path.join(base, 'cgroup.controllers'), 'utf8'))) return false;
  if (tryWrite(control, '+memory')) return true;
  const agent = path.join(base, AGENT_LEAF);
  fs.mkdirSync(agent, { recursive: true });
  for (const pid of fs.readFileSync(path.join(base, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
    tryWrite(path.join(agent, 'cgroup.procs'), pid);
  return tryWrite(control, '+memory');
}

function tryWrite(file: string, text: string): boolean {
  try {
    fs.writeFileSync(file, text);
    return true;
  } catch {
    return false;
  }
}
