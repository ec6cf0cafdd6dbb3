import readline from 'node:readline/promises';
import type { Command, Plan, Refusal, StepOutcome } from '../engine/model/command.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import { chosenSteps, withReason } from '../engine/decide/plan-steps.ts';
import { type Token, tokenOf } from '../ui/token.ts';
import { duration, money, rate } from '../ui/format.ts';
import { safe } from '../ui/safe-text.ts';
import type { CommonOptions } from './choose.ts';
import { CliError, EXIT } from './exit.ts';
import { Look, type Looked } from './look.ts';
import { print, printJson } from './output.ts';
import { openToAct } from './session.ts';
import { operatorEngine, type Wired } from './wire.ts';

/** Options of every verb that changes something. */
export interface ActOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** Why, for the audit. */
  readonly reason?: string;
  /** false: `--no-wait`. */
  readonly wait?: boolean;
}

export interface Act {
  readonly options: ActOptions;
  /** What must be known to plan it. */
  readonly sources: readonly Looked[];
  /** May look further, and throws where what was asked for is not there. */
  readonly command: (look: Look) => Command | Promise<Command>;
  /** Where a write is only a wish: waits for what comes of it. Left out with `--no-wait`. */
  readonly granted?: (wired: Wired, plan: Plan, outcomes: readonly StepOutcome[]) => Promise<readonly StepOutcome[]>;
}

const REFUSED: Readonly<Record<Refusal['code'], number>> = {
  'read-only': EXIT.refused,
  'not-found': EXIT.notFound,
  'nothing-to-do': EXIT.refused,
  limit: EXIT.refused,
  'no-data': EXIT.tryAgain,
  changed: EXIT.conflict,
  'bad-value': EXIT.usage,
};

/** Look, plan, show, ask, do, tell: the way of every verb that changes something. Returns its exit code. */
export async function act({ options, sources, command, granted }: Act): Promise<number> {
  const wired = await openToAct(options);
  const { engine, snapshots } = await operatorEngine(wired, { mode: 'operator', wait: options.wait !== false });
  const look = await Look.at(wired, sources, snapshots);
  const proposal = engine.propose(await command(look));
  const token = proposal.ok ? tokenOf(proposal.plan, look.snapshot) : undefined;
  if (!proposal.ok) throw new CliError(proposal.refusal.sentence, REFUSED[proposal.refusal.code]);
  const plan = withReason(proposal.plan, safe(options.reason ?? ''));
  const isJson = options.json === true;
  if (!isJson) for (const line of planLines(plan)) print(line);
  if (options.dryRun === true) {
    if (isJson) printJson({ dryRun: true, plan: planJson(plan), outcomes: [] });
    return EXIT.done;
  }
  if (options.yes !== true) await confirm(plan.title, token);
  const waits = options.wait !== false;
  const written = await engine.confirm(plan);
  const outcomes = waits && granted !== undefined ? await granted(wired, plan, written) : written;
  const code = exitOf(outcomes, plan, { snapshot: look.snapshot, waits });
  if (isJson) printJson({ dryRun: false, plan: planJson(plan), outcomes: outcomesJson(plan, outcomes) });
  else for (const outcome of outcomes) print(outcomeLine(outcome));
  return code;
}

/** Asks on the terminal; without one there is nobody to ask, and `--yes` has to say it. */
export async function confirm(title: string, token?: Token): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CliError(
      `${title}: not done, for there is no terminal to confirm it on; add --yes, or --dry-run to see the plan`,
      EXIT.refused,
    );
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const question =
    token === undefined ? `${safe(title)}? [y/N] ` : `${safe(title)}? ${token.what} (${safe(token.text)}): `;
  const answer = (await Promise.race([lines.question(question), left])).trim();
  lines.close();
  if (token === undefined ? !/^y(es)?$/i.test(answer) : answer !== token.text)
    throw new CliError('nothing was done', EXIT.refused);
}

/** A plan for a person. */
export function planLines(plan: Plan): readonly string[] {
  const { title, usdPerHour, losesMs, notes } = plan;
  const steps = chosenSteps(plan);
  return [
    safe(title),
    ...steps.map((step) => `  ${safe(step.text)}${step.note === '' ? '' : `   (${safe(step.note)})`}`),
    ...(usdPerHour > 0 ? [`  costs ${rate(usdPerHour)} more`] : []),
    ...(usdPerHour < 0 ? [`  saves ${rate(-usdPerHour)}`] : []),
    ...(plan.usd > 0 ? [`  ${money(plan.usd)} was spent on it`] : []),
    ...(losesMs > 0 ? [`  loses ${duration(losesMs)} of work`] : []),
    ...notes.map((line) => `  ${safe(line)}`),
  ];
}

/** A plan for programs: its effects are ours. */
export function planJson(plan: Plan) {
  const { id, title, usdPerHour, usd, losesMs, notes } = plan;
  const steps = chosenSteps(plan);
  return { id, title, steps: steps.map((step) => ({ text: step.text, note: step.note })), usdPerHour, usd, losesMs, notes }; // prettier-ignore
}

/** With the id of the intent where there is one: what came of it later can be asked by it. */
function outcomesJson(plan: Plan, outcomes: readonly StepOutcome[]) {
  return outcomes.map((outcome, at) => ({ ...outcome, intent: intentOf(plan, at) ?? null }));
}

function intentOf(plan: Plan, at: number): string | undefined {
  const effect = chosenSteps(plan)[at]?.effect;
  return effect?.kind === 'table.write' && effect.write.table === 'intents' ? effect.write.key : undefined;
}

function outcomeLine({ text, state, detail }: StepOutcome): string {
  return `${state.padEnd(8)}  ${safe(text)}${detail === '' ? '' : `: ${safe(detail)}`}`;
}

/** One code for all steps when they went alike; 6 when some were done and others were not. */
export function exitOf(
  outcomes: readonly StepOutcome[],
  plan: Plan,
  after: { readonly snapshot: Snapshot; readonly waits: boolean },
): number {
  const codes = new Set(
    outcomes.map(({ state }, at) => {
      if (state === 'done') return EXIT.done;
      if (state === 'conflict') return EXIT.conflict;
      if (state === 'skipped') return EXIT.failed;
      if (state === 'asked') return after.waits ? EXIT.tryAgain : EXIT.done;
      return wasRefused(plan, at, after.snapshot) ? EXIT.refused : EXIT.failed;
    }),
  );
  const [only = EXIT.done, ...others] = codes;
  return others.length === 0 ? only : EXIT.partly;
}

/** The leader looked at the intent again and declined. */
function wasRefused(plan: Plan, at: number, snapshot: Snapshot): boolean {
  const intent = intentOf(plan, at);
  return intent !== undefined && snapshot.intents.get(intent)?.state === 'REFUSED';
}
