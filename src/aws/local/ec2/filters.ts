import type { Filter } from '@aws-sdk/client-ec2';
import { ServiceError } from '../service.ts';
import { invalid } from './context.ts';
import type { Tags } from './records.ts';

/** The values that an item has under a filter's name; undefined: EC2 knows no such filter here. */
export type Fields = (name: string) => readonly string[] | undefined;

/** Filters are joined by AND, the values of one by OR; `*` stands for any text and `?` for one character. */
export function matches(filters: readonly Filter[] | undefined, fields: Fields): boolean {
  return (filters ?? []).every((filter) => {
    const name = filter.Name ?? '';
    const actual = fields(name);
    if (actual === undefined) throw invalid(`The filter '${name}' is invalid`);
    const patterns = (filter.Values ?? []).map(pattern);
    return actual.some((value) => patterns.some((one) => one.test(value)));
  });
}

/** A lookup by field name, with `tag:KEY` and `tag-key` where there are tags. */
export function fieldsOf(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
  tags?: Tags,
): Fields {
  return (name) => {
    if (tags !== undefined && name === 'tag-key') return Object.keys(tags);
    if (tags !== undefined && name.startsWith('tag:')) {
      const value = tags[name.slice(4)];
      return value === undefined ? [] : [value];
    }
    if (!Object.hasOwn(values, name)) return undefined;
    const value = values[name];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };
}

function pattern(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
}

export interface Paging {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken?: string;
}

/** A page of items sorted by key; the token names the last key told, so that items that come or go move no page. */
export function pageOf<Item>(items: readonly Item[], paging: Paging, keyOf: (item: Item) => string): Page<Item> {
  const sorted = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const after = paging.NextToken === undefined || paging.NextToken === '' ? undefined : openToken(paging.NextToken);
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => key > after);
  const told = rest.slice(0, paging.MaxResults ?? 1000);
  const last = told.at(-1);
  return {
    items: told.map(({ item }) => item),
    ...(last !== undefined && told.length < rest.length ? { NextToken: sealToken(last.key) } : {}),
  };
}

export const sealToken = (key: string): string => Buffer.from(`cbas:${key}`).toString('base64url');

export function openToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('cbas:'))
    throw new ServiceError('InvalidPaginationToken', 'The specified pagination token is not valid.');
  return text.slice(5);
}
