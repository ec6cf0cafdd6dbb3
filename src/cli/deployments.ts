import fs from 'node:fs';
import type { Deployments, Destination } from '../ui/destination.ts';
import { badDeploymentName } from '../aws/setup/names.ts';
import { regionOf, silentLocal } from './choose.ts';
import { knownLocals, localFolder, runningLocals } from './places.ts';
import { fileMemory, uiMemoryFile } from './ui-memory.ts';

/** Deployments that the console can go to: embedded ones of this machine, and those on AWS that it has opened before. */
export function deploymentsOf(env: NodeJS.ProcessEnv): Deployments {
  const memory = fileMemory(uiMemoryFile(env), () => undefined);
  return {
    known: () => [...new Set([...knownLocals(), ...Object.keys(memory.load().deployments ?? {}).sort()])],
    async find(wanted) {
      const { name } = wanted;
      const bad = badDeploymentName(name);
      if (bad !== undefined) return { ok: false, why: bad };
      const isLocal = (await runningLocals()).some((local) => local.name === name);
      if (wanted.region === undefined && wanted.profile === undefined) {
        if (isLocal) return { ok: true, found: { name } };
        if (fs.existsSync(localFolder(name))) return { ok: false, why: silentLocal(name) };
      }
      const remembered = memory.load().deployments?.[name];
      const region = wanted.region ?? remembered?.region ?? regionOf(env);
      if (region === undefined) return { ok: false, why: `nothing is known of ${name} here: say its region too, :use ${name} REGION` }; // prettier-ignore
      const profile = wanted.profile ?? remembered?.profile;
      return { ok: true, found: { name, region, ...(profile !== undefined && { profile }) } };
    },
  };
}

/** Keeps where a deployment on AWS was found, so that its name is enough the next time. */
export function rememberDeployment({ name, ...where }: Destination, env: NodeJS.ProcessEnv = process.env): void {
  const memory = fileMemory(uiMemoryFile(env), () => undefined);
  memory.save({ deployments: { ...memory.load().deployments, [name]: where } });
}
