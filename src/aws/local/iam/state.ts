import path from 'node:path';
import { type LoggedState, openState } from '../logged-state.ts';
import { ServiceError } from '../service.ts';

export interface RoleRecord {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** JSON: who may assume it. */
  readonly trust: string;
  /** Inline policies by name, each JSON. */
  readonly policies: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ProfileRecord {
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  /** At most one. */
  readonly roles: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

type Entry =
  | { readonly op: 'role'; readonly role: RoleRecord }
  | { readonly op: 'profile'; readonly profile: ProfileRecord }
  | { readonly op: 'drop-role' | 'drop-profile'; readonly name: string };

/** Roles and instance profiles, rebuilt from their log. */
export class IamState {
  readonly roles = new Map<string, RoleRecord>();
  readonly profiles = new Map<string, ProfileRecord>();
  private readonly log: LoggedState<Entry>;

  constructor(folder: string) {
    const { roles, profiles } = this;
    this.log = openState<Entry>({
      file: path.join(folder, 'iam.jsonl'),
      apply: (entry) => this.apply(entry),
      *entries() {
        for (const role of roles.values()) yield { op: 'role', role };
        for (const profile of profiles.values()) yield { op: 'profile', profile };
      },
    });
  }

  record(entry: Entry): void {
    this.log.record(entry);
  }

  role(name: string | undefined): RoleRecord {
    const role = this.roles.get(name ?? '');
    if (role !== undefined) return role;
    throw noSuchEntity(`The role with name ${name} cannot be found.`);
  }

  profile(name: string | undefined): ProfileRecord {
    const profile = this.profiles.get(name ?? '');
    if (profile !== undefined) return profile;
    throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  }

  close(): void {
    this.log.close();
  }

  private apply(entry: Entry): void {
    if (entry.op === 'role') this.roles.set(entry.role.name, entry.role);
    else if (entry.op === 'profile') this.profiles.set(entry.profile.name, entry.profile);
    else if (entry.op === 'drop-role') this.roles.delete(entry.name);
    else this.profiles.delete(entry.name);
  }
}

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError('NoSuchEntity', message, 404);
}

const NAME = /^[\w+=,.@-]{1,64}$/;

/** Throws what IAM throws for a name that it would not take. */
export function checkedName(what: string, name: string | undefined): string {
  if (name !== undefined && NAME.test(name)) return name;
  throw new ServiceError(
    'ValidationError',
    `The specified value for ${what} is invalid: 1 to 64 characters of alphanumerics and +=,.@-_`,
  );
}

/** The document as it was given. Throws what IAM throws for one that is no policy. */
export function checkedPolicy(document: string | undefined): string {
  try {
    const { Version, Statement } = JSON.parse(document ?? '') as { Version?: unknown; Statement?: unknown };
    if (Version === '2012-10-17' && Array.isArray(Statement) && Statement.length > 0) return document ?? '';
  } catch {
    // Told below, like every other document that is none.
  }
  throw new ServiceError('MalformedPolicyDocument', 'The policy is not in the valid JSON format.');
}
