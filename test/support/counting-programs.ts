import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Real programs that count into a file, a line each, until a file `stop` lies beside it, and end with a code of their own. */
export interface CountingProgram {
  readonly name: string;
  /** What is compiled for it goes to the folder. */
  readonly command: (folder: string) => readonly string[];
}

/** Neither 0 nor what a signal would leave: how it ended must come through exactly. */
export const EXIT_CODE = 143;

const BASH = `
n=0
while [ ! -e stop ]; do n=$((n+1)); echo $n >> count; echo "said $n"; sleep 0.02; done
exit ${EXIT_CODE}`;

const PYTHON = `
import os, sys, time
file = open('count', 'a')
n = 0
while not os.path.exists('stop'):
    n += 1
    file.write(f'{n}\\n'); file.flush(); print('said', n, flush=True); time.sleep(0.02)
sys.exit(${EXIT_CODE})`;

const NODE = `
const fs = require('node:fs');
const file = fs.openSync('count', 'a');
let n = 0;
const next = () => {
  if (fs.existsSync('stop')) process.exit(${EXIT_CODE});
  n += 1;
  fs.writeSync(file, n + '\\n');
  console.log('said', n);
  setTimeout(next, 20);
};
next();`;

const C = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile int told = 0;
static void *idle(void *_) { while (!told) usleep(1000); return _; }
int main(void) {
  pthread_t thread;
  FILE *file = fopen("count", "a");
  pthread_create(&thread, NULL, idle, NULL);
  for (int n = 1; access("stop", F_OK) != 0; n++) {
    fprintf(file, "%d\\n", n); fflush(file); printf("said %d\\n", n); fflush(stdout); usleep(20000);
  }
  told = 1;
  pthread_join(thread, NULL);
  return ${EXIT_CODE};
}`;

/** For a program that is compiled: once per folder. */
function compiled(folder: string): string {
  const program = path.join(folder, 'count-c');
  if (!fs.existsSync(program)) {
    fs.writeFileSync(`${program}.c`, C);
    execFileSync('cc', ['-O1', '-pthread', '-o', program, `${program}.c`]);
  }
  return program;
}

/** A Node that keeps no io_uring, which CRIU cannot save: the machine's own, where that is an older one; undefined where none is. */
export function ringlessNode(): string | undefined {
  const count = `console.log(fs.readdirSync('/proc/self/fd').filter((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd).includes('io_uring'); } catch { return false; } }).length)`;
  const nodes = ['/usr/bin/node', '/usr/local/bin/node', process.execPath].filter((node) => fs.existsSync(node));
  return nodes.find((node) => execFileSync(node, ['-e', count], { encoding: 'utf8' }).trim() === '0');
}

export const COUNTING_PROGRAMS: readonly CountingProgram[] = [
  { name: 'bash', command: () => ['bash', '-c', BASH] },
  { name: 'python3', command: () => ['python3', '-c', PYTHON] },
  { name: 'node', command: () => [ringlessNode() ?? process.execPath, '-e', NODE] },
  { name: 'C, two threads', command: (folder) => [compiled(folder)] },
];

/** The same, saving their state when they are asked, and going on from it. */
export const SAVING_PROGRAMS: readonly CountingProgram[] = [
  {
    name: 'bash',
    command: () => ['bash', '-c', `
dir=$CBAS_CHECKPOINT_DIR
n=0; : > count; if [ -f $dir/count ]; then cp $dir/count count; n=$(wc -l < count); fi
save() { cp count $dir/.count; mv $dir/.count $dir/count; echo $n > $dir/.ready; mv $dir/.ready $dir/READY; }
trap save USR1
while [ ! -e stop ]; do n=$((n+1)); echo $n >> count; sleep 0.02; done
exit ${EXIT_CODE}`],
  },
  {
    name: 'python3',
    command: () => ['python3', '-c', `
import os, shutil, signal, sys, time
d = os.environ['CBAS_CHECKPOINT_DIR']; n = 0
if os.path.exists(d + '/count'): shutil.copy(d + '/count', 'count'); n = len(open('count').readlines())
asked = False
def ask(*_):
    global asked; asked = True
signal.signal(signal.SIGUSR1, ask)
while not os.path.exists('stop'):
    n += 1
    with open('count', 'a') as f: f.write(f'{n}\\n')
    if asked:
        asked = False
        shutil.copy('count', d + '/.count'); os.rename(d + '/.count', d + '/count')
        open(d + '/.ready', 'w').write(str(n)); os.rename(d + '/.ready', d + '/READY')
    time.sleep(0.02)
sys.exit(${EXIT_CODE})`],
  },
]; // prettier-ignore

/** So many lines, each once and in order, as a program that was never disturbed would have written them. */
export function wholeCount(to: number): string {
  return Array.from({ length: to }, (_, at) => `${at + 1}\n`).join('');
}
