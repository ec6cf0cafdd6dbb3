import { withReason } from '../../engine/decide/plan-steps.ts';
import type { Command, Plan } from '../../engine/model/command.ts';
import type { Engine } from '../../engine/model/engine.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { leasedJobIds } from '../../engine/select/overview.ts';
import { safe } from '../../ui/safe-text.ts';
import { exitOf, planLines } from '../act.ts';
import { CliError, EXIT } from '../exit.ts';
import { News } from './news.ts';

/** The engine reads the heartbeats of at most this many jobs. */
const WATCHED_MAX = 100;

export interface SessionOptions {
  readonly engine: Engine;
  readonly now: () => EpochMs;
  /** Says one line; it is made safe there. */
  readonly tell: (line: string) => void;
  /** The next line that is typed; undefined when there is none any more. */
  readonly nextLine: () => Promise<string | undefined>;
}

/**
 * The conversation. `listening`: a command is expected, and what changes is told as it happens; `asked`: a plan waits for
 * the words that confirm it, and nothing else is told; over.
 */
export class Session {
  readonly engine: Engine;
  readonly now: () => EpochMs;
  readonly tell: (line: string) => void;
  readonly #nextLine: SessionOptions['nextLine'];
  readonly #news = new News();
  #rest: readonly string[] = [];
  #isAsked = false;
  isOver = false;

  constructor({ engine, now, tell, nextLine }: SessionOptions) {
    this.engine = engine;
    this.now = now;
    this.tell = tell;
    this.#nextLine = nextLine;
    this.#news.skip(engine.snapshot(), now());
    this.watch();
  }

  readonly snapshot = (): Snapshot => this.engine.snapshot();

  watch(): void {
    this.engine.watch(leasedJobIds(this.snapshot()).slice(0, WATCHED_MAX));
  }

  leave(): void {
    this.isOver = true;
  }

  /** The first lines of a list; called without lines it goes on with the last one. */
  tellSome(lines: readonly string[], atOnce: number): void {
    const all = lines.length > 0 ? lines : this.#rest;
    for (const line of all.slice(0, atOnce)) this.tell(line);
    this.#rest = all.slice(atOnce);
    if (this.#rest.length > 0) this.tell(`${this.#rest.length} more; say more`);
    else if (all.length === 0) this.tell('nothing more');
  }

  /** `asked`: a person wants to hear it, so that no news is told as well. */
  tellNews(how: 'asked' | 'changed'): void {
    if (this.#isAsked) return;
    const lines = this.#news.since(this.snapshot(), this.now());
    for (const line of lines) this.tell(line);
    if (how === 'asked' && lines.length === 0) this.tell('nothing new');
  }

  /** Shows what would be done, and does it when the words that name it are typed: nobody types these by mistake. */
  async propose(command: Command, verb: string, targets: readonly string[]): Promise<void> {
    const proposal = this.engine.propose(command);
    if (!proposal.ok) throw new CliError(proposal.refusal.sentence, EXIT.refused);
    this.tell('plan:');
    for (const line of planLines(proposal.plan)) this.tell(line.trim());
    const { settings, deployment } = this.snapshot();
    const where = settings.production === true && deployment !== undefined ? ` in ${deployment.name}` : '';
    const words = `${verb} ${targets.length === 1 ? targets[0] : targets.length}${where}`;
    if (this.engine.abilities().dryRun) this.tell('dry run: nothing will be written');
    this.tell(`to do it, type: ${words} (or: ${words} because ...); anything else leaves it`);
    this.#isAsked = true;
    const answer = await this.#nextLine();
    this.#isAsked = false;
    const said = answer?.trim().replaceAll(/\s+/g, ' ') ?? '';
    if (said !== words && !said.startsWith(`${words} because `)) throw new CliError('nothing was done', EXIT.refused);
    await this.#confirm(withReason(proposal.plan, safe(said.slice(`${words} because `.length))));
  }

  async #confirm(plan: Plan): Promise<void> {
    const outcomes = await this.engine.confirm(plan);
    for (const { text, state, detail } of outcomes) this.tell(`${state}: ${text}${detail === '' ? '' : `, ${detail}`}`);
    const code = exitOf(outcomes, plan, { snapshot: this.snapshot(), waits: false });
    if (code !== EXIT.done) throw new CliError('not everything was done', code);
  }
}
