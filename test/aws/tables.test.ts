import { expect, test } from 'vitest';
import { TABLES } from '../../src/aws/tables.ts';

/** DynamoDB's own: NonKeyAttributes has at most 20 members, and 100 over all indexes of a table (API reference, Projection). */
const PER_INDEX_MAX = 20;
const PER_TABLE_MAX = 100;

test.each(Object.entries(TABLES))('the indexes of %s project no more than DynamoDB allows', (_, { indexes }) => {
  const counts = indexes.map(({ projection }) => (Array.isArray(projection) ? projection.length : 0));
  for (const count of counts) expect(count).toBeLessThanOrEqual(PER_INDEX_MAX);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(PER_TABLE_MAX);
});
