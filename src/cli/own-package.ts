import fs from 'node:fs';
import path from 'node:path';
import { archOf } from '../aws/setup/program/pack.ts';
import type { PackSource } from '../aws/setup/program/pack.ts';
import { safe } from '../ui/safe-text.ts';
import { CliError, EXIT } from './exit.ts';

/** What CBAS itself consists of on this machine, for those who put it somewhere else. */
export function ownPackage(version: string, nodeFiles: readonly string[] | undefined): PackSource {
  const root = packageRoot();
  if (!fs.existsSync(path.join(root, 'dist', 'cbas.js')))
    throw new CliError(`there is no built program in ${root}; build it: npm run build`, EXIT.failed);
  const nodes = nodeFiles === undefined ? installedNodes(root) : nodeFiles.map(named);
  if (nodes.length === 0)
    throw new CliError(
      'workers need a Node for Linux, and none was installed beside CBAS here; name one: --node FILE (the program bin/node of a Node for Linux from nodejs.org)',
      EXIT.usage,
    );
  return { root, version, nodes };
}

/** Where package.json lies: two or more folders above this file, whether it is bundled or not. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!fs.existsSync(path.join(folder, 'package.json')) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return folder;
}

type NodeFile = PackSource['nodes'][number];

function named(file: string): NodeFile {
  const arch = readableArch(file);
  if (arch === undefined)
    throw new CliError(`--node ${safe(file)}: is no program for Linux on x86_64 or arm64`, EXIT.usage);
  return { arch, file };
}

/** Beside CBAS, or where npm puts what packages share; else the Node that runs this, where workers could run it too. */
function installedNodes(root: string): readonly NodeFile[] {
  const beside = ['x64', 'arm64'].flatMap((arch) =>
    [path.join(root, 'node_modules'), path.dirname(root)].map((folder) =>
      path.join(folder, `node-linux-${arch}`, 'bin', 'node'),
    ),
  );
  const found = new Map<string, NodeFile>();
  for (const file of [...beside, process.execPath]) {
    const arch = readableArch(file);
    if (arch !== undefined && !found.has(arch)) found.set(arch, { arch, file });
  }
  return [...found.values()];
}

function readableArch(file: string): NodeFile['arch'] | undefined {
  try {
    return archOf(file);
  } catch {
    // Not there, or not ours to read: then there is none.
    return undefined;
  }
}
