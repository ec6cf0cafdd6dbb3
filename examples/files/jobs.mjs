// One job for every file below a folder: compress it, and write its checksum.
//
//   node examples/files/jobs.mjs FOLDER | npx cbas submit - --wait
//   npx cbas get NAME                      (the compressed file and its checksum)
//
// The commands are ordinary shell; CBAS brings the file to the worker, and what lies in out/ back to the bucket.
import fs from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
if (folder === undefined || !fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
  console.error('usage: node jobs.mjs FOLDER   (prints one job document a line)');
  process.exit(2);
}

const script = [
  'mkdir out',
  'gzip -9 -c input > out/compressed.gz',
  // The checksum is of what comes back out of the archive: it proves that the whole way was right.
  'gunzip -c out/compressed.gz | sha256sum | cut -d" " -f1 > out/sha256',
].join(' && ');

for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = path.resolve(entry.parentPath, entry.name);
  const name = path.relative(folder, file).replace(/[\u0000-\u001f\u007f]/g, '?').slice(-128);
  console.log(
    JSON.stringify({
      cbas: 1,
      name,
      run: { command: ['sh', '-c', script] },
      inputs: [{ from: `file:${file}`, to: 'input' }],
      outputs: [
        { path: 'out/compressed.gz', name: 'compressed' },
        { path: 'out/sha256', name: 'sha256' },
      ],
      retry: { attempts: 2 },
    }),
  );
}
