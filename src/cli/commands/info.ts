import path from 'node:path';
import { type Choice, chooseDeployment, type CommonOptions, operatorName } from '../choose.ts';
import { callsOf } from '../../aws/calls.ts';
import type { CallFigures } from '../../engine/model/calls.ts';
import { deadLetters } from '../../engine/select/needs.ts';
import { age } from '../../ui/format.ts';
import { EXIT } from '../exit.ts';
import type { ConsoleSettings } from '../console-settings.ts';
import { Look } from '../look.ts';
import { iso, printFields, printJson } from '../output.ts';
import { journalFolder, runningLocals, stateHome } from '../places.ts';
import { screenFacts } from '../screen-facts.ts';
import { VERSION } from '../version.ts';
import { openDeployment } from '../wire.ts';

/**
 * `cbas info`: what this program is, where it keeps things, what it would talk to, and what the leader tells of AWS and its
 * queues. It never fails: what cannot be read is told as such.
 */
export async function info(options: CommonOptions & ConsoleSettings): Promise<number> {
  const locals = await runningLocals();
  const { choice, whyNot } = await tryChoose(options);
  const screen = await screenFacts(options);
  const told = choice === undefined ? undefined : await tellOf(choice);
  const facts = {
    version: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    program: process.argv[1] === undefined ? null : path.resolve(process.argv[1]),
    operator: operatorName(),
    state: stateHome(),
    journal: journalFolder(),
    local: locals.map(({ name, endpoint, pid }) => ({ name, endpoint, pid })),
    deployment:
      choice === undefined
        ? null
        : {
            name: choice.name,
            region: choice.target.region,
            mode: choice.target.mode,
            endpoint: choice.target.endpoint ?? null,
            why: choice.why,
            ambiguous: choice.ambiguous,
          },
    settings: told === undefined ? null : told.settings,
    leader: told === undefined ? null : told.json,
    calls: choice === undefined ? {} : callsOf(choice.target).figures(),
    ...screen.json,
  };
  if (options.json === true) printJson(facts);
  else
    printFields([
      ['cbas', facts.version],
      ['node', `${facts.node} on ${facts.platform}`],
      ['program', facts.program ?? '-'],
      ['operator', facts.operator],
      ['state', facts.state],
      ['journal', facts.journal],
      ['embedded AWS', facts.local.map(({ name, endpoint, pid }) => `${name} at ${endpoint} (process ${pid})`).join(', ') || 'none runs'],
      ['deployment', choice === undefined ? whyNot : `${choice.name} in ${choice.target.region}: ${choice.why}${choice.ambiguous ? '; ambiguous: a changing verb would refuse' : ''}`],
      ...(told === undefined ? [] : told.fields),
      ...screen.fields,
    ]); // prettier-ignore
  return EXIT.done;
}

interface Told {
  readonly json: object;
  readonly settings: { readonly production: boolean; readonly targetWorkers: number } | null;
  readonly fields: readonly (readonly [label: string, text: string])[];
}

/** The leader's pulse, as the tables have it. */
async function tellOf(choice: Choice): Promise<Told> {
  try {
    const { snapshot } = await Look.at(await openDeployment(choice), []);
    const { pulse } = snapshot;
    const { production, targetWorkers } = snapshot.settings;
    const settings = { production: production === true, targetWorkers };
    const marked: readonly (readonly [string, string])[] = [
      ['production', settings.production ? 'yes: every act wants the name typed' : 'no'],
    ];
    if (pulse === undefined)
      return { settings, json: { pulseAt: null }, fields: [...marked, ['leader', 'none has written a pulse']] };
    const { unknown, calls, leaderId } = pulse;
    const dead = deadLetters(snapshot) ?? 0;
    const newest = unknown.count === 0 ? '' : `; newest on ${unknown.source} ${age(Date.now() - unknown.at)} ago: ${unknown.what}`; // prettier-ignore
    return {
      settings,
      json: {
        id: leaderId,
        pulseAt: iso(pulse.at),
        deadLetters: dead,
        unknownMessages: { ...unknown, at: iso(unknown.at) },
        calls,
      },
      fields: [
        ...marked,
        ['leader', `${leaderId}, pulse ${age(Date.now() - pulse.at)} ago`],
        ['dead letters', String(dead)],
        ['unknown', `${unknown.count} messages${newest}`],
        ...Object.entries(calls).map(([service, figures]) => [`its ${service}`, callsText(figures)] as const),
      ],
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { settings: null, json: { pulseAt: null, unread: why }, fields: [['leader', `not read: ${why}`]] };
  }
}

function callsText({ calls, retries, throttles, faults, p50Ms, p95Ms, circuit }: CallFigures): string {
  const failed = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${calls} calls`,
    `${retries} retries`,
    `${throttles} throttles`,
    failed.length === 0 ? 'no faults' : failed.join(', '),
    ...(p95Ms > 0 ? [`p50 ${p50Ms} ms, p95 ${p95Ms} ms`] : []),
    `circuit ${circuit.state}`,
  ].join(', ');
}

async function tryChoose(
  options: CommonOptions,
): Promise<{ readonly choice: Choice | undefined; readonly whyNot: string }> {
  try {
    return { choice: await chooseDeployment(options), whyNot: '' };
  } catch (error) {
    return { choice: undefined, whyNot: (error as Error).message.split('\n')[0] ?? '' };
  }
}
