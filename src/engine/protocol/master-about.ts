import type { Leader, MasterAbout } from '../model/deployment.ts';
import type { JsonObject } from '../model/units.ts';
import { readText } from './read.ts';

const ABOUT_TEXTS = ['instanceId', 'zone', 'privateIp', 'publicIp'] as const satisfies readonly (keyof MasterAbout)[];

/** Not there where a master of before said nothing of itself. */
export function aboutOf(value: JsonObject | undefined): Pick<Leader, 'about'> {
  if (value === undefined) return {};
  const told = ABOUT_TEXTS.map((name) => [name, readText(value, name)] as const).filter(([, text]) => text !== '');
  return {
    about: { version: readText(value, 'version'), host: readText(value, 'host'), ...Object.fromEntries(told) },
  };
}
