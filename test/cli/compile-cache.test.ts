import { expect, test } from 'vitest';
import { compiledCodeFolders } from '../../src/cli/compile-cache.ts';

test.each([
  [{ XDG_CACHE_HOME: '/var/cache/ana' }, ['/var/cache/ana/cbas/compiled']],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/home/ana' }, ['/home/ana/.cache/cbas/compiled']],
  [{ HOME: '/home/ana' }, ['/home/ana/.cache/cbas/compiled']],
  [{ HOME: '' }, []],
])('with %o compiled code is kept in a folder of the user, never in a shared one', (env, folders) => {
  expect(compiledCodeFolders(env)).toEqual(folders);
});
