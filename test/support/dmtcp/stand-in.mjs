// A stand-in for DMTCP where it is not installed. Its specification is what was measured on DMTCP 4.2 and 5.0-dev: the ways in
// which its programs answer, and the traps. It saves one program only, which it is itself: a count into a file. `settings.json`
// beside it says which trap is laid.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';

const [tool, ...args] = process.argv.slice(2);
const settings = {
  version: '4.2.0',
  blocks: false,
  peers: 1,
  saveMs: 60,
  trap: '',
  ...read(path.join(import.meta.dirname, 'settings.json')),
};
/** How a process ends whose coordinator is gone, and one whose image cannot be written. */
const ASSERTED = 99;

function read(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
}

/** Options with a value; the rest are flags, or begin the command. */
const VALUED = ['--port', '--port-file', '--ckptdir', '--tmpdir', '--coord-logfile', '-i', '--coord-host', '-p'];
const options = {};
let at = 0;
for (; at < args.length && args[at].startsWith('-'); at++)
  options[args[at]] = VALUED.includes(args[at]) ? args[++at] : true;
const command = args.slice(at);

const send = (socket, message) => socket.write(`${JSON.stringify(message)}\n`);
const messages = (socket, on) => readline.createInterface({ input: socket }).on('line', (line) => on(JSON.parse(line)));

function coordinator() {
  const dir = options['--ckptdir'];
  const workers = new Set();
  let generation = 0;
  let waiting = [];
  const end = () => process.exit(0);
  const finish = (images) => {
    const name = `dmtcp_restart_script_4f7b_${String(generation).padStart(5, '0')}.sh`;
    fs.writeFileSync(
      path.join(dir, name),
      `#!/bin/bash\ncoord_host=localhost\ngiven_ckpt_files="${images.join(' ')}"\nexec dmtcp_restart $given_ckpt_files\n`,
    );
    // Trap: the link names the first one for ever.
    const link = path.join(dir, 'dmtcp_restart_script.sh');
    if (!fs.lstatSync(link, { throwIfNoEntry: false })) fs.symlinkSync(name, link);
    for (const reply of waiting) reply();
    waiting = [];
  };
  const handle = (socket, message) => {
    if (message.hello === 'worker') {
      workers.add(socket);
      socket.on('close', () => {
        workers.delete(socket);
        if (workers.size === 0 && options['--exit-on-last']) end();
      });
    } else if (message.images) finish(message.images);
    else if (message.command === '-s')
      send(socket, {
        code: 0,
        said: `Coordinator:\nStatus...\n  NUM_PEERS=${workers.size === 0 ? 0 : settings.peers}\n  RUNNING=${workers.size > 0 && waiting.length === 0 ? 'yes' : 'no'}\n`,
      });
    else if (message.command === '-c' || message.command === '-bc') {
      if (workers.size === 0 || settings.trap === 'static')
        return send(socket, { code: 2, said: 'DMTCP: not in running state\n' });
      generation += 1;
      for (const worker of workers) send(worker, { checkpoint: generation });
      const reply = () => send(socket, { code: 0, said: '' });
      // Trap: the blocking command of a release does not block.
      if (message.command === '-bc' && settings.blocks) waiting.push(reply);
      else reply();
    } else if (message.command === '-k' || message.command === '-q')
      // Trap: a program that is ended so looks as if it had succeeded.
      for (const worker of workers) send(worker, { exit: 0 });
  };
  // Trap: all addresses, no password.
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    messages(socket, (message) => handle(socket, message));
  });
  server.listen(Number(options['--port']), '0.0.0.0', () =>
    fs.writeFileSync(options['--port-file'], String(server.address().port)),
  );
}

/** The program: its memory is a number, and a file that it keeps open. */
function count(memory, images) {
  const socket = net.connect(Number(options['-p']), options['--coord-host'], () => send(socket, { hello: 'worker' }));
  socket.on('error', () => process.exit(ASSERTED));
  socket.on('close', () => process.exit(ASSERTED));
  // A file that is open for writing is cut to what it held; one that is gone comes back as so many zero bytes.
  if (images && !fs.existsSync(memory.file)) fs.writeFileSync(memory.file, Buffer.alloc(memory.size));
  else if (images) fs.truncateSync(memory.file, memory.size);
  const file = fs.openSync(memory.file, 'a');
  let stopped = false;
  const next = () => {
    if (stopped) return;
    if (fs.existsSync('stop')) process.exit(memory.exitCode);
    memory.n += 1;
    fs.writeSync(file, `${memory.n}\n`);
    console.log('said', memory.n);
    timer = setTimeout(next, 20);
  };
  let timer = setTimeout(next, images ? 50 : 0);
  messages(socket, (message) => {
    if (message.exit !== undefined) process.exit(message.exit);
    if (message.checkpoint === undefined) return;
    stopped = true;
    clearTimeout(timer);
    const folder = path.join(options['--ckptdir'], `ckpt_4f7b_${String(message.checkpoint).padStart(5, '0')}`);
    fs.mkdirSync(folder, { recursive: true });
    const names = Array.from({ length: settings.peers }, (_, peer) => path.join(folder, `ckpt_count_${peer}.dmtcp`));
    const image = JSON.stringify({ ...memory, size: fs.fstatSync(file).size });
    for (const name of names)
      fs.writeFileSync(`${name}.temp`, settings.trap === 'no-space' ? image.slice(0, 5) : image);
    // Trap: no room for the image ends the program.
    if (settings.trap === 'no-space') process.exit(ASSERTED);
    setTimeout(() => {
      for (const name of names) fs.renameSync(`${name}.temp`, name);
      if (settings.trap === 'missing-image') fs.rmSync(names[0]);
      send(socket, { images: names });
      stopped = false;
      next();
    }, settings.saveMs);
  });
}

function ask() {
  const socket = net.connect(Number(options['-p']), options['--coord-host']);
  const word = ['-s', '-c', '-bc', '-k', '-q'].find((one) => options[one]);
  socket.on('error', () => process.exit(2));
  socket.on('connect', () => send(socket, { command: word }));
  messages(socket, ({ code, said }) => {
    process.stdout.write(said);
    process.exit(code);
  });
}

if (options['--version']) console.log(`dmtcp_${tool} (DMTCP) ${settings.version}`);
else if (tool === 'coordinator') coordinator();
else if (tool === 'command') ask();
else if (tool === 'launch')
  count(
    {
      n: 0,
      exitCode: Number(process.env.COUNT_EXIT_CODE ?? 143),
      file: path.resolve('count'),
    },
    false,
  );
else {
  const images = command.map((file) => read(file));
  // Trap: memory whose connections led out of the tree cannot be brought back, though it was saved without a word.
  if (settings.trap === 'restart-fails') {
    console.error('connectionrewirer.cpp: failed to get peer discovery data');
    process.exit(ASSERTED);
  }
  count(images[0], true);
}
