import { createHash, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Identity, issueCertificate, makeRoot } from './certificates.ts';

const ROOT = 'CBAS embedded SNS root';
const LEAF = 'signing';

export interface Signing {
  readonly root: string;
  readonly certificate: string;
  readonly key: string;
  /** Of the certificate, as SNS names its own. */
  readonly path: string;
}

/** Members that are signed, in SNS's order; what is not there is left out. */
const SIGNED = ['Message', 'MessageId', 'SubscribeURL', 'Subject', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const;

/** Signs as SNS does, with a key and a root of the embedded AWS's own, made when the first endpoint subscribes. */
export class SnsSigner {
  readonly #folder: string;
  #signing: Promise<Signing> | undefined;

  constructor(folder: string) {
    this.#folder = path.join(folder, 'sns-signing');
  }

  signing(): Promise<Signing> {
    this.#signing ??= this.#make().catch((error: unknown) => {
      this.#signing = undefined;
      throw error;
    });
    return this.#signing;
  }

  /** The message with its signature, as it is sent. Version 2 is SHA-256, 1 is SHA-1. */
  async signed(message: Readonly<Record<string, string>>, version: string): Promise<string> {
    const { key, path: place } = await this.signing();
    const [, , , region = ''] = (message['TopicArn'] ?? '').split(':');
    const text = SIGNED.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join(
      '',
    );
    const Signature = sign(version === '2' ? 'RSA-SHA256' : 'RSA-SHA1', Buffer.from(text), key).toString('base64');
    const SigningCertURL = `https://sns.${region}.amazonaws.com${place}`;
    return JSON.stringify({ ...message, SignatureVersion: version, Signature, SigningCertURL }, null, 2);
  }

  /** What it signs with; undefined while nothing has been signed. */
  made(): Signing | undefined {
    return fs.existsSync(this.#file) ? (JSON.parse(fs.readFileSync(this.#file, 'utf8')) as Signing) : undefined;
  }

  get #file(): string {
    return path.join(this.#folder, 'signing.json');
  }

  async #make(): Promise<Signing> {
    const before = this.made();
    if (before !== undefined) return before;
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const root = await makeRoot(this.#folder, ROOT);
    const leaf: Identity = await issueCertificate({
      folder: this.#folder,
      file: LEAF,
      name: 'sns.amazonaws.com',
      by: ROOT,
      keys: 'rsa',
    });
    const hash = createHash('sha1').update(leaf.certificate).digest('hex');
    const made = { root: root.certificate, ...leaf, path: `/SimpleNotificationService-${hash}.pem` };
    fs.writeFileSync(`${this.#file}.next`, JSON.stringify(made), { mode: 0o600 });
    fs.renameSync(`${this.#file}.next`, this.#file);
    return made;
  }
}
