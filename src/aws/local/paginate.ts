import { ServiceError } from './service.ts';

export interface PageRequest {
  readonly size: number;
  /** From the page before; undefined for the first one. */
  readonly token: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

/** One page of a list. The token is the offset: right for lists that are small and seldom change, which all of ours are. */
export function paginate<Item>(items: readonly Item[], { size, token }: PageRequest): Page<Item> {
  const offset = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new ServiceError('InvalidParameterValue', 'The NextToken is not one of ours.');
  }
  if (size < 1) throw new ServiceError('InvalidParameterValue', 'A page has at least one item.');
  const end = offset + size;
  return {
    items: items.slice(offset, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
