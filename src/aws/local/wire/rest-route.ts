import { ServiceError, type Operation } from '../service.ts';
import type { WireRequest } from './codec.ts';
import { httpOf, inputOf, nameOf, requiredMembers } from './schema.ts';

/** What a path addresses: the service itself, a bucket, or an object in it. */
export interface RestTarget {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

export interface RestRoute {
  readonly operation: Operation;
  readonly method: string;
  readonly level: 'service' | 'bucket' | 'key';
  /** Query parameters of the URI template, e.g. "uploads" or "list-type=2"; `x-id` is advisory and left out. */
  readonly literals: readonly (readonly [name: string, value: string])[];
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  readonly queries: ReadonlySet<string>;
}

/** Reads what selects an operation from its schema, so that no table of S3's sub-resources is kept by hand. */
export function restRoute(operation: Operation): RestRoute {
  const http = httpOf(operation.schema);
  if (http === undefined) throw new Error(`${nameOf(operation.schema)} has no HTTP binding`);
  const [method, template] = http;
  const input = inputOf(operation.schema);
  const members = input.isUnitSchema() ? [] : [...input.structIterator()];
  const required = new Set(requiredMembers(input));
  const wireNames = (trait: 'httpQuery' | 'httpHeader', among: typeof members): string[] =>
    among.flatMap(([, member]) => member.getMergedTraits()[trait] ?? []);
  const demanded = members.filter(([name]) => required.has(name));
  const literals = [...new URLSearchParams(template.split('?')[1] ?? '')].filter(([name]) => name !== 'x-id');
  const level = template.includes('{Key+}')
    ? 'key'
    : members.some(([name]) => name === 'Bucket')
      ? 'bucket'
      : 'service';
  return {
    operation,
    method,
    level: nameOf(operation.schema) === 'ListBuckets' ? 'service' : level,
    literals,
    requiredQuery: wireNames('httpQuery', demanded),
    requiredHeaders: wireNames('httpHeader', demanded).map((name) => name.toLowerCase()),
    queries: new Set([...wireNames('httpQuery', members), ...literals.map(([name]) => name)]),
  };
}

/** The most specific route that the request satisfies. A sub-resource that nobody knows is refused, never ignored. */
export function chooseRoute(routes: readonly RestRoute[], request: WireRequest): RestRoute {
  const target = restTarget(request.path);
  const level = target.key !== undefined ? 'key' : target.bucket !== undefined ? 'bucket' : 'service';
  const asked = [...request.query.keys()].filter((name) => name !== 'x-id' && !/^x-amz-/i.test(name));
  const fitting = routes
    .filter((route) => route.method === request.method && route.level === level && satisfies(route, request))
    .filter((route) => asked.every((name) => route.queries.has(name)))
    .sort((a, b) => specificity(b) - specificity(a));
  const [best] = fitting;
  if (best !== undefined) return best;
  const what = [`${request.method} of a ${level}`, ...asked.map((name) => `?${name}`)].join(' ');
  throw new ServiceError('NotImplemented', `The embedded S3 does not implement ${what}.`, 501);
}

const specificity = (route: RestRoute): number =>
  route.literals.length + route.requiredQuery.length + route.requiredHeaders.length;

function satisfies(route: RestRoute, { query, headers }: WireRequest): boolean {
  return (
    route.literals.every(([name, value]) => query.has(name) && (value === '' || query.get(name) === value)) &&
    route.requiredQuery.every((name) => query.has(name)) &&
    route.requiredHeaders.every((name) => headers[name] !== undefined)
  );
}

/** Splits a path-style path. Everything after the second slash is the key, as it was sent. */
export function restTarget(path: string): RestTarget {
  const [, bucket = '', ...rest] = path.split('/');
  const key = rest.join('/');
  return { bucket: bucket === '' ? undefined : decode(bucket), key: key === '' ? undefined : decode(key) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('InvalidURI', `Couldn't parse the URI part "${text.slice(0, 80)}".`);
  }
}
