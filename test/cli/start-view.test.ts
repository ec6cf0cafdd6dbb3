import { expect, test } from 'vitest';
import { startView } from '../../src/cli/start-view.ts';

test('flags are stronger than the environment, and a filter alone is one of jobs', () => {
  const env = { CBAS_SCREEN: 'workers', CBAS_FILTER: 'lost' };
  expect(startView({}, {})).toEqual({});
  expect(startView({}, { CBAS_SCREEN: '', CBAS_FILTER: '' })).toEqual({});
  expect(startView({}, env)).toEqual({ screen: 'workers', filter: 'lost' });
  expect(startView({ screen: 'market' }, env)).toEqual({ screen: 'market', filter: 'lost' });
  expect(startView({ filter: 'state:failed' }, {})).toEqual({ screen: 'jobs', filter: 'state:failed' });
});

test('what cannot be shown is refused, and says where it came from', () => {
  expect(() => startView({ screen: 'job' }, {})).toThrow('--screen job: expected one of overview, jobs');
  expect(() => startView({}, { CBAS_SCREEN: 'x' })).toThrow('CBAS_SCREEN x: expected one of');
  expect(() => startView({ filter: 'weight>3' }, {})).toThrow(`--filter 'weight>3': there is no column "weight"`);
  expect(() => startView({}, { CBAS_FILTER: '/(/' })).toThrow(`CBAS_FILTER '/(/': /(/: a ")" is missing`);
});
