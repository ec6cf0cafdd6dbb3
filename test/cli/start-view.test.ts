import { expect, test } from 'vitest';
import { startView } from '../../src/cli/start-view.ts';

test('a filter without a screen is one of jobs', () => {
  expect(startView({})).toEqual({});
  expect(startView({ screen: 'market' })).toEqual({ screen: 'market' });
  expect(startView({ screen: 'workers', filter: 'lost' })).toEqual({ screen: 'workers', filter: 'lost' });
  expect(startView({ filter: 'state:failed' })).toEqual({ screen: 'jobs', filter: 'state:failed' });
});

test('a filter of jobs that means something else than it says is refused', () => {
  expect(() => startView({ filter: 'weight>3' })).toThrow(`--filter 'weight>3': there is no column "weight"`);
  expect(() => startView({ filter: '/(/' })).toThrow(`--filter '/(/': /(/: a ")" is missing`);
});
