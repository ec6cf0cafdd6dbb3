import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { ShellHost } from '../engine/model/ports.ts';
import type { Choice, CommonOptions } from './choose.ts';
import { localFolder } from './places.ts';

/** `aws --version` answers in less than this, where there is one. */
const ASKED_WITHIN_MS = 10_000;

/** Shells on the workers of a deployment: by the Session Manager on AWS, in the instance's own folder in local mode. */
export function shellHost(choice: Choice, options: Pick<CommonOptions, 'profile'>): ShellHost {
  return {
    shellOn: async (id) => (choice.local === undefined ? onAws(id, choice, options) : inFolder(id, choice.name)),
  };
}

/** An instance id of EC2 or of the embedded AWS: what is none never becomes an argument or a path. */
const INSTANCE_ID = /^i-[0-9a-z]+$/;

type Answer = Awaited<ReturnType<ShellHost['shellOn']>>;

function inFolder(id: string, name: string): Answer {
  if (!INSTANCE_ID.test(id)) return { refusal: `${id} is no instance id` };
  const folder = path.join(localFolder(name), 'ec2', 'instances', id);
  if (!fs.existsSync(folder)) return { refusal: `it has no folder on this machine any more (${folder})` };
  // Its own home, so that nothing of the operator's is touched by what is tried there.
  const env = { ...process.env, HOME: folder, CBAS_SHELL_ON: id, PS1: `${id} $ ` };
  return { argv: [process.env['SHELL'] ?? '/bin/sh'], cwd: folder, env };
}

/** Through the AWS command line and its Session Manager plugin, where they are: they need no open port and no key on the instance. */
function onAws(id: string, { target }: Choice, { profile }: Pick<CommonOptions, 'profile'>): Answer {
  if (!INSTANCE_ID.test(id)) return { refusal: `${id} is no instance id` };
  for (const [program, args, what] of NEEDED) {
    const { error } = spawnSync(program, args, { stdio: 'ignore', timeout: ASKED_WITHIN_MS });
    if (error !== undefined)
      return { refusal: `${what} is not on this machine (${program}); install it, or run on one that has it: aws ssm start-session --target ${id}` }; // prettier-ignore
  }
  const where = ['--region', target.region, ...(profile === undefined ? [] : ['--profile', profile])];
  return { argv: ['aws', 'ssm', 'start-session', '--target', id, ...where], cwd: undefined, env: process.env };
}

const NEEDED = [
  ['aws', ['--version'], 'the AWS command line'],
  ['session-manager-plugin', ['--version'], 'the Session Manager plugin'],
] as const;
