import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from '../service.ts';

const run = promisify(execFile);
const DAYS = '3650';
/** Authorities have keys that are made in no time; whoever signs messages has what SNS has. */
const KEYS = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
  rsa: ['-newkey', 'rsa:2048', '-nodes'],
} as const;

/** A private key and its certificate, in PEM. Worth nothing anywhere: nobody but tests and local mode is given the root. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
}

/** A root of its own, by the machine's openssl: keys and certificates are nothing to be made by hand. */
export async function makeRoot(folder: string, name: string): Promise<Identity> {
  const [key, certificate] = filesOf(folder, name);
  await openssl([
    'req',
    '-x509',
    ...KEYS.ec,
    '-days',
    DAYS,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return read(key, certificate);
}

export interface Issue {
  readonly folder: string;
  /** Of its files. */
  readonly file: string;
  /** Common name of its subject. */
  readonly name: string;
  /** Files of whose identity signs it. */
  readonly by: string;
  /** May sign others itself. */
  readonly isAuthority?: true;
  /** Not said: ec. */
  readonly keys?: keyof typeof KEYS;
  /** Days that it is valid from now; negative: it has run out. */
  readonly days?: number;
}

export async function issueCertificate(issue: Issue): Promise<Identity> {
  const { folder, file, name, by, isAuthority, keys = 'ec', days } = issue;
  const [key, certificate] = filesOf(folder, file);
  const [issuerKey, issuer] = filesOf(folder, by);
  const request = path.join(folder, `${file}.csr`);
  const extensions = path.join(folder, `${file}.ext`);
  fs.writeFileSync(extensions, `basicConstraints=critical,CA:${isAuthority === true ? 'TRUE' : 'FALSE'}\n`);
  await openssl(['req', ...KEYS[keys], '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
  await openssl(['x509', '-req', '-in', request, '-CA', issuer, '-CAkey', issuerKey, '-set_serial', String(Date.now()), '-days', String(days ?? DAYS), '-extfile', extensions, '-out', certificate]); // prettier-ignore
  return read(key, certificate);
}

function filesOf(folder: string, name: string): readonly [key: string, certificate: string] {
  const base = path.join(folder, name.replace(/\W+/g, '-'));
  return [`${base}.key`, `${base}.pem`];
}

function read(key: string, certificate: string): Identity {
  return { key: fs.readFileSync(key, 'utf8'), certificate: fs.readFileSync(certificate, 'utf8') };
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await run('openssl', [...args]);
  } catch (error) {
    throw new ServiceError(
      'InternalFailure',
      `The embedded SNS signs with a key that openssl makes, and that failed: ${error instanceof Error ? error.message : String(error)}`,
      500,
    );
  }
}
