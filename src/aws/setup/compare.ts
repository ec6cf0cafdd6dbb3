import type { Json, JsonObject } from '../../engine/model/units.ts';
import type { TagPair } from './providers/provider.ts';

/** Names of the wanted properties that are not so in what was found. What is there beside them is nobody's business of ours. */
export function changedProperties(wanted: JsonObject, found: JsonObject): readonly string[] {
  return Object.keys(wanted).filter((name) => {
    const [want, have] = [wanted[name], found[name]];
    return name === 'Tags' ? !hasTags(have as never, want as never) : canonical(want) !== canonical(have);
  });
}

function hasTags(found: readonly TagPair[] | undefined, wanted: readonly TagPair[]): boolean {
  return wanted.every(({ Key, Value }) => found?.some((one) => one.Key === Key && one.Value === Value) === true);
}

/**
 * Text that is equal where AWS means the same: members in any order, lists in any order, and a list of one like its only member,
 * as policies may be written and are given back.
 */
export function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) {
    const members = value.map(canonical).sort();
    return members.length === 1 ? (members[0] ?? '') : `[${members.join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`);
  return `{${members.sort().join(',')}}`;
}
