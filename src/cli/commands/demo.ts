import { activeJobs } from '../../engine/decide/capacity.ts';
import type { Engine } from '../../engine/model/engine.ts';
import type { OperatorEngine } from '../../engine/run/operator-engine.ts';
import { chooseDeployment } from '../choose.ts';
import { consoleArguments } from '../console-arguments.ts';
import { keyChanges, readConfig } from '../console-config.ts';
import { firstLook } from '../connect.ts';
import { DEMO, type DemoCloud, openDemoCloud } from '../demo-cloud.ts';
import { CliError, EXIT, exitCodeOf } from '../exit.ts';
import { followToTheEnd } from '../follow.ts';
import { LateEngine } from '../late-engine.ts';
import { forgetRealAws } from '../local-safety.ts';
import { nextBook, piJobs } from '../sample-workload.ts';
import type { ScreenStart } from '../open-console.ts';
import { onEndSignal } from '../signals.ts';
import { shellHost } from '../shell-host.ts';
import { submitJobs } from '../submit-jobs.ts';
import { terminalAbilities } from '../terminal.ts';
import { guardTerminal } from '../terminal-guard.ts';
import { openDeployment, operatorEngine } from '../wire.ts';
import { note, print } from '../output.ts';

export interface DemoOptions {
  readonly jobs: string;
  /** Another market than the one that was chosen for newcomers. */
  readonly seed?: string;
}

/** `npm start`: everything on this machine, with real work in it. With a terminal the console is shown; without one, lines. */
export async function demo(options: DemoOptions): Promise<void> {
  const jobs = Number(options.jobs);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 999)
    throw new CliError(`--jobs ${options.jobs}: expected a whole number from 1 to 999`, EXIT.usage);
  forgetRealAws(process.env);
  const config = await readConfig(process.env['CBAS_CONFIG'] || undefined);
  const settings = { ...config.settings, ...consoleArguments([], process.env).settings };
  const abilities = terminalAbilities(process.env, process, settings);
  const open = (): Promise<DemoCloud> => openDemoCloud(options.seed === undefined ? undefined : Number(options.seed));
  if (abilities.interactive)
    await show(
      { jobs, open },
      { settings, abilities, keys: keyChanges(settings.keyPreset, config), programs: config.programs },
    );
  else await narrate({ jobs, open });
}

interface Begin {
  readonly jobs: number;
  readonly open: () => Promise<DemoCloud>;
}

interface Ready {
  readonly engine: OperatorEngine;
  readonly cloud: DemoCloud;
  /** One line: what was found and what was begun. */
  readonly told: string;
}

/** Unfinished work is resumed; when all is done, a new book is begun. The engine is handed on before that: there is something to see. */
async function prepare(cloud: DemoCloud, jobs: number, seen: (engine: Engine) => void): Promise<Ready> {
  const wired = await openDeployment(await chooseDeployment({ deployment: DEMO }));
  const shells = shellHost(wired.choice, {});
  const { engine, snapshots } = await operatorEngine(wired, { mode: 'operator', wait: true, shells });
  engine.start();
  seen(engine);
  const snapshot = await firstLook({ snapshot: snapshots.snapshot, subscribe: snapshots.api.subscribe }, ['jobs']);
  if (cloud.attached)
    return { engine, cloud, told: `attached to the demo that runs already (${cloud.folder}); it stays when you leave` };
  if (activeJobs(snapshot) > 0)
    return { engine, cloud, told: `going on with ${activeJobs(snapshot)} unfinished jobs of the last time` };
  const book = nextBook(snapshot);
  await submitJobs(wired, piJobs(book, jobs));
  return { engine, cloud, told: `${jobs} jobs of the new book ${book} submitted` };
}

async function show({ jobs, open }: Begin, start: ScreenStart): Promise<void> {
  const late = new LateEngine();
  // The embedded AWS starts in a process of its own, on another core than the screen is made on.
  const opening = open();
  opening.catch(() => undefined);
  const { openConsole } = await import('../open-console.ts');
  const screen = openConsole(late, start);
  let cloud: DemoCloud | undefined;
  let failure: unknown;
  let signalled = 0;
  const guard = guardTerminal(screen, (exitCode) => {
    signalled = exitCode;
  });
  try {
    await screen.painted();
    // While it starts: what is needed to talk to it.
    void Promise.all([import('../aws-data.ts'), import('../aws-ec2.ts')]);
    const opened = opening.then(async (found) => {
      cloud = found;
      await prepare(found, jobs, (engine) => late.attach(engine));
    });
    await Promise.race([screen.waitUntilExit(), opened.then(() => screen.waitUntilExit())]);
  } catch (error) {
    failure = error;
  } finally {
    screen.unmount();
    guard.giveUp();
  }
  if (cloud !== undefined && !cloud.attached) note('ending the master, the embedded AWS and its instances…');
  await cloud?.stop();
  if (failure !== undefined) {
    note(`cbas: ${failure instanceof Error ? failure.message : String(failure)}`);
    process.exit(exitCodeOf(failure));
  }
  process.exit(signalled);
}

async function narrate({ jobs, open }: Begin): Promise<void> {
  const told = new AbortController();
  let code: number = EXIT.done;
  onEndSignal((exitCode) => {
    code = exitCode;
    told.abort();
  });
  const say = (line: string): void => print(line);
  say('starting the embedded AWS and a master on this machine; nothing leaves it');
  const cloud = await open();
  try {
    const ready = await prepare(cloud, jobs, () => undefined);
    say(ready.told);
    const succeeded = await followToTheEnd(ready.engine, { say, check: () => cloud.check(), signal: told.signal });
    if (!succeeded && code === EXIT.done) code = EXIT.failed;
  } catch (error) {
    note(`cbas: ${error instanceof Error ? error.message : String(error)}`);
    code = exitCodeOf(error);
  } finally {
    await cloud.stop();
  }
  process.exit(code);
}
