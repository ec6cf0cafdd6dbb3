import fs from 'node:fs';
import os from 'node:os';
import type { AwsTarget } from '../aws/client-options.ts';
import { CliError, EXIT } from './exit.ts';
import { forgetRealAws } from './local-safety.ts';
import { type LocalEndpoint, localFolder, runningLocals } from './places.ts';

/** Options that every verb takes. */
export interface CommonOptions {
  readonly deployment?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

export interface Choice {
  readonly name: string;
  readonly target: AwsTarget;
  /** How it was chosen, told to the operator. */
  readonly why: string;
  /** Set when it is an embedded AWS of this machine. */
  readonly local: LocalEndpoint | undefined;
  /** A real deployment would have fitted too: a mutating verb then refuses. */
  readonly ambiguous: boolean;
}

function localChoice(local: LocalEndpoint, why: string, ambiguous = false): Choice {
  forgetRealAws(process.env);
  return {
    name: local.name,
    target: { region: local.region, endpoint: local.endpoint, mode: 'local', credentials: 'dummy' },
    why,
    local,
    ambiguous,
  };
}

/** Where a deployment on AWS is, when nobody says so. */
export function regionOf(env: NodeJS.ProcessEnv): string | undefined {
  return env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
}

/** Why a deployment of that name cannot be opened, for a person. */
export function silentLocal(name: string): string {
  return `${name} is an embedded AWS of this machine, and it does not answer; start it: cbas local --name ${name}`;
}

function awsChoice(name: string, options: CommonOptions, why: string): Choice {
  const region = options.region ?? regionOf(process.env);
  if (region === undefined)
    throw new CliError(`deployment ${name} is on AWS: say --region, or set AWS_REGION`, EXIT.usage);
  if (options.profile !== undefined) process.env['AWS_PROFILE'] = options.profile;
  return {
    name,
    target: { region, endpoint: process.env['AWS_ENDPOINT_URL'], mode: 'aws', credentials: 'chain' },
    why,
    local: undefined,
    ambiguous: false,
  };
}

/** Flag, environment, the running local one; with none of them the two commands that help. */
export async function chooseDeployment(options: CommonOptions): Promise<Choice> {
  const locals = await runningLocals();
  const flag = options.deployment ?? process.env['CBAS_DEPLOYMENT'];
  const said = options.deployment === undefined ? 'CBAS_DEPLOYMENT' : '--deployment';
  if (flag !== undefined) {
    const local = locals.find(({ name }) => name === flag);
    if (local !== undefined && options.region === undefined && options.profile === undefined)
      return localChoice(local, said);
    // A name that is an embedded AWS of this machine is never looked for on AWS, however slowly that one answers.
    if (fs.existsSync(localFolder(flag)) && options.region === undefined && options.profile === undefined) {
      throw new CliError(silentLocal(flag), EXIT.unavailable);
    }
    return awsChoice(flag, options, said);
  }
  const [only, ...others] = locals;
  if (only !== undefined && others.length === 0) {
    const real = options.region !== undefined || options.profile !== undefined;
    return localChoice(only, 'the embedded AWS that runs here', real);
  }
  if (only !== undefined) {
    throw new CliError(
      `several embedded AWS run here: ${locals.map(({ name }) => name).join(', ')}; say --deployment NAME`,
      EXIT.usage,
    );
  }
  throw new CliError(
    [
      'no deployment: none runs on this machine, and none was named',
      '  npm start        shows everything on this machine, without an AWS account',
      '  cbas local       starts an embedded AWS and leaves it running',
    ].join('\n'),
    EXIT.notFound,
  );
}

/** Who acts, for the audit. */
export function operatorName(): string {
  return process.env['CBAS_OPERATOR'] ?? os.userInfo().username;
}

/** Where from: the SSH client when there is one. */
export function operatorOrigin(): string {
  const ssh = process.env['SSH_CONNECTION']?.split(' ')[0];
  return ssh === undefined ? os.hostname() : `ssh ${ssh}`;
}
