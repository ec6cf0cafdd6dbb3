import fs from 'node:fs';
import path from 'node:path';
import { runTool, which } from './tool.ts';

export interface DmtcpTools {
  readonly coordinator: string;
  readonly launch: string;
  readonly command: string;
  readonly restart: string;
}

/** The four programs, `CBAS_DMTCP_BIN` or on the path; undefined when one is missing. */
export function dmtcpTools(environment: Readonly<Record<string, string | undefined>>): DmtcpTools | undefined {
  const place = environment['CBAS_DMTCP_BIN'] ?? environment['PATH'];
  const [coordinator, launch, command, restart] = ['coordinator', 'launch', 'command', 'restart'].map((name) =>
    which(`dmtcp_${name}`, { path: place }),
  );
  return coordinator && launch && command && restart ? { coordinator, launch, command, restart } : undefined;
}

export async function dmtcpVersion({ launch }: DmtcpTools): Promise<string> {
  const told = await runTool([launch, '--version']);
  return /(\d+\.\d+\S*)/.exec(`${told.stdout} ${told.stderr}`)?.[1] ?? 'unknown';
}

/** A restart script of one checkpoint. The link without a number may name an older one, and is never followed. */
const SCRIPT = /^dmtcp_restart_script_.+\.sh$/;

function scriptsIn(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && SCRIPT.test(entry.name))
    .map(({ name }) => path.join(folder, name));
}

/** So that the next one found is of the next checkpoint. */
export function forgetScripts(folder: string): void {
  for (const script of scriptsIn(folder)) fs.rmSync(script, { force: true });
}

/**
 * The images that a finished checkpoint consists of, as the coordinator names them in its restart script: it writes that after
 * every process has reported its image, whatever the command that asked for it says. undefined while it is not there, or not whole.
 * @param toHere a path as the job sees it, as it is here
 */
export function finishedImages(folder: string, toHere: (seen: string) => string): readonly string[] | undefined {
  const [script] = scriptsIn(folder);
  if (script === undefined) return undefined;
  const named = /^\s*given_ckpt_files="([^"]*)"/m.exec(fs.readFileSync(script, 'utf8'))?.[1];
  const images = named?.split(/[\s\\]+/).filter((word) => word !== '').map(toHere); // prettier-ignore
  return images === undefined || images.length === 0 ? undefined : images;
}

/** Processes that are under control, and whether they run. */
export async function statusOf(tools: DmtcpTools, port: number): Promise<{ peers: number; running: boolean }> {
  const { stdout } = await runTool([tools.command, '--coord-host', '127.0.0.1', '-p', String(port), '-s']);
  const peers = Number(/NUM_PEERS=(\d+)/.exec(stdout)?.[1] ?? 0);
  return { peers, running: /RUNNING=yes/i.test(stdout) };
}

/** Asks for a checkpoint. What the command returns says nothing of whether it is done. */
export function askForCheckpoint(tools: DmtcpTools, port: number): Promise<unknown> {
  return runTool([tools.command, '--coord-host', '127.0.0.1', '-p', String(port), '-c']);
}
