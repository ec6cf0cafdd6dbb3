import fs from 'node:fs';
import path from 'node:path';

/** The folders of instances, `<state>/instances/<id>/`: home, console.log, user-data. */
export interface InstanceFiles {
  folderOf(id: string): string;
  /** Of an image that was made of an instance: with a copy of that one's folder. */
  create(id: string, userData: string | undefined, imageId: string): void;
  /** Where the copy of an instance lies that an image is made of. */
  imageFolder(imageId: string): string;
  userDataOf(id: string): string | undefined;
  /** What the instance runs: its user data, by the interpreter that its first line names; without any it idles. */
  commandOf(id: string): readonly string[];
  remove(id: string): void;
}

const IDLE = ['/bin/sh', '-c', 'while :; do sleep 3600; done'];

export function instanceFiles(stateDir: string): InstanceFiles {
  const folderOf = (id: string): string => path.join(stateDir, 'instances', id);
  const scriptOf = (id: string): string => path.join(folderOf(id), 'user-data');
  const imageFolder = (imageId: string): string => path.join(stateDir, 'images', imageId);
  return {
    folderOf,
    imageFolder,
    create(id, userData, imageId) {
      fs.mkdirSync(folderOf(id), { recursive: true, mode: 0o700 });
      if (fs.existsSync(imageFolder(imageId)))
        fs.cpSync(imageFolder(imageId), folderOf(id), { recursive: true, verbatimSymlinks: true });
      if (userData !== undefined) fs.writeFileSync(scriptOf(id), userData, { mode: 0o700 });
    },
    userDataOf: (id) => (fs.existsSync(scriptOf(id)) ? fs.readFileSync(scriptOf(id), 'utf8') : undefined),
    commandOf: (id) => (fs.existsSync(scriptOf(id)) ? [scriptOf(id)] : IDLE),
    remove: (id) => fs.rmSync(folderOf(id), { recursive: true, force: true }),
  };
}
