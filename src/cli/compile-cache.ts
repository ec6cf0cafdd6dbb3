import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';

/**
 * Lets Node keep compiled code between starts: a console is opened often, and six workers start at once. The first folder
 * that can be used is taken: the one that the build filled, beside the programs, where this user owns it; else one of the
 * user's own (never a shared one: compiled code is run). Where neither can be written, programs start a little later.
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv = process.env): void {
  // Node older than 22.8 has no such cache.
  if (typeof module.enableCompileCache !== 'function') return;
  const { FAILED } = module.constants.compileCacheStatus;
  for (const folder of compiledCodeFolders(env)) {
    if (module.enableCompileCache(folder).status !== FAILED) return;
  }
}

export function compiledCodeFolders(env: NodeJS.ProcessEnv): readonly string[] {
  const built = path.join(import.meta.dirname, '.cache');
  return [...(fs.existsSync(built) ? [built] : []), ...usersOwn(env)];
}

function usersOwn(env: NodeJS.ProcessEnv): readonly string[] {
  const asked = env['XDG_CACHE_HOME'];
  if (asked !== undefined && path.isAbsolute(asked)) return [path.join(asked, 'cbas', 'compiled')];
  const home = env['HOME'] ?? '';
  return path.isAbsolute(home) ? [path.join(home, '.cache', 'cbas', 'compiled')] : [];
}
