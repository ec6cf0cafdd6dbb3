import fs from 'node:fs';
import path from 'node:path';

/** The folders of instances, `<state>/instances/<id>/`: home, console.log, user-data. */
export interface InstanceFiles {
  folderOf(id: string): string;
  create(id: string, userData: string | undefined): void;
  userDataOf(id: string): string | undefined;
  /** What the instance runs: its user data, by the interpreter that its first line names; without any it idles. */
  commandOf(id: string): readonly string[];
  remove(id: string): void;
}

const IDLE = ['/bin/sh', '-c', 'while :; do sleep 3600; done'];

export function instanceFiles(stateDir: string): InstanceFiles {
  const folderOf = (id: string): string => path.join(stateDir, 'instances', id);
  const scriptOf = (id: string): string => path.join(folderOf(id), 'user-data');
  return {
    folderOf,
    create(id, userData) {
      fs.mkdirSync(folderOf(id), { recursive: true, mode: 0o700 });
      if (userData !== undefined) fs.writeFileSync(scriptOf(id), userData, { mode: 0o700 });
    },
    userDataOf: (id) => (fs.existsSync(scriptOf(id)) ? fs.readFileSync(scriptOf(id), 'utf8') : undefined),
    commandOf: (id) => (fs.existsSync(scriptOf(id)) ? [scriptOf(id)] : IDLE),
    remove: (id) => fs.rmSync(folderOf(id), { recursive: true, force: true }),
  };
}
