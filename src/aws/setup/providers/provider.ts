import type { Json, JsonObject } from '../../../engine/model/units.ts';
import type { AwsTarget } from '../../client-options.ts';
import { hasKind } from '../../errors.ts';
import type { Ref, Resource } from '../model/resource.ts';
import type { Ask } from '../ask.ts';

/** What there is of a resource in the account. */
export interface Found {
  /** Like `Resource.properties`, as far as they can be asked for. */
  readonly properties: JsonObject;
  /** What only AWS knows. */
  readonly attributes: Readonly<Partial<Record<Ref['attribute'], string>>>;
}

/**
 * One type of resource in AWS. All calls may be repeated: `create` takes what exists already as made, `remove` what is gone as
 * removed. References in the properties are resolved before a provider sees them.
 */
export interface Provider {
  /** undefined when there is none. */
  read(resource: Resource): Promise<Found | undefined>;
  create(resource: Resource): Promise<void>;
  /** Brings the named properties of what exists to what they should be. */
  mend(resource: Resource, changed: readonly string[]): Promise<void>;
  remove(resource: Resource): Promise<void>;
  /** Properties that what exists keeps for good. */
  readonly fixed: readonly string[];
}

export interface ProviderContext {
  readonly target: AwsTarget;
  readonly ask: Ask;
}

/** What `act` answers; undefined where AWS says that there is no such thing. */
export async function ifThere<T>(act: Promise<T>): Promise<T | undefined> {
  try {
    return await act;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Somebody else makes it, or has made it, at this moment: then it is there all the same. */
export async function unlessThere(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!hasKind(error, 'conflict')) throw error;
  }
}

/** The properties of a resource, with the types that its provider's commands take. */
export function propertiesOf<Shape>(resource: Resource): Shape {
  return resource.properties as Shape;
}

export interface TagPair {
  readonly Key: string;
  readonly Value: string;
}

export function tagPairs(tags: readonly { readonly Key?: string; readonly Value?: string }[] | undefined): TagPair[] {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
}

export function tagPairsOf(record: Readonly<Record<string, string>> | undefined): TagPair[] {
  return Object.entries(record ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

export function tagRecord(tags: readonly TagPair[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** A document that AWS gives as text. */
export function parsed(text: string | undefined): Json | undefined {
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Json);
}
