import { ServiceError } from './service.ts';

/**
 * The members that an operation honours. Any other one that the client set is refused: to ignore it would be to
 * pretend. The list of names is also the operation's documentation.
 */
export function only<Input extends object, Name extends keyof Input & string>(
  input: Input,
  names: readonly Name[],
): Pick<Input, Name> {
  const known = new Set<string>(names);
  const unknown = Object.entries(input).filter(([name, value]) => value !== undefined && !known.has(name));
  if (unknown.length === 0) return input;
  const list = unknown.map(([name]) => name).join(', ');
  throw new ServiceError('InvalidParameterValue', `The embedded AWS does not support the parameter ${list} here.`);
}
