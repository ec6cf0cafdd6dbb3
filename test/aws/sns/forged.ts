import { sign } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Identity, issueCertificate, makeRoot } from '../../../src/aws/local/sns/certificates.ts';
import { SigningCertificates } from '../../../src/aws/sns/certificates.ts';
import { SnsVerifier } from '../../../src/aws/sns/verify.ts';

export const TOPIC = 'arn:aws:sns:us-east-1:000000000000:cbas-lab-nudge';
/** openssl makes certificates that are valid from now on. */
export const NOW = Date.now() + 600_000;
const BASE = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-';
export const GOOD_URL = `${BASE}0a.pem`;

export type Fields = Readonly<Record<string, unknown>>;

const SIGNED = ['Message', 'MessageId', 'SubscribeURL', 'Subject', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** Keys and certificates of whoever signs, and of whoever would like to; all made by openssl. */
export class Authorities {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-sns-'));
  /** By the address under which they lie. */
  readonly pems = new Map<string, string>();
  readonly keys = new Map<string, string>();
  root = '';

  /** Addresses end in 0a (good), 0b (behind an intermediate), and so on; see `certificates`. */
  static async make(): Promise<Authorities> {
    const made = new Authorities();
    const { folder } = made;
    made.root = (await makeRoot(folder, 'root')).certificate;
    const foreign = await makeRoot(folder, 'foreign');
    const issue = (file: string, name: string, more: Partial<Parameters<typeof issueCertificate>[0]> = {}) =>
      issueCertificate({ folder, file, name, by: 'root', ...more });
    const sns = 'sns.amazonaws.com';
    const between = await issue('between', 'between', { isAuthority: true });
    const behind = await issue('behind', sns, { by: 'between' });
    const none = await issue('none', 'none');
    const certificates: Readonly<Record<string, Identity>> = {
      '0a': await issue('good', sns, { keys: 'rsa' }),
      '0b': { ...behind, certificate: `${behind.certificate}${between.certificate}` },
      '0c': behind,
      '0d': await issue('other', 'sns.amazonaws.com.evil.example'),
      '0e': await issue('late', sns, { days: -1 }),
      '0f': await issue('authority', sns, { isAuthority: true }),
      '1a': await issue('strange', sns, { by: 'foreign' }),
      '1b': foreign,
      // Signed by one that is no authority.
      '1c': { ...(await issue('minor', sns, { by: 'none' })), certificate: '' },
    };
    for (const [at, { key, certificate }] of Object.entries(certificates)) {
      made.pems.set(`${BASE}${at}.pem`, certificate);
      made.keys.set(`${BASE}${at}.pem`, key);
    }
    made.pems.set(`${BASE}1c.pem`, `${fs.readFileSync(path.join(folder, 'minor.pem'), 'utf8')}${none.certificate}`);
    made.pems.set(`${BASE}1d.pem`, 'no certificate at all');
    return made;
  }

  close(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  certificates(now: () => number = () => NOW, asked: string[] = []): SigningCertificates {
    return new SigningCertificates({
      now,
      roots: [this.root],
      fetch: (url) => {
        asked.push(url);
        const pem = this.pems.get(url);
        return pem === undefined ? Promise.reject(new Error('status 404')) : Promise.resolve(Buffer.from(pem));
      },
    });
  }

  verifier(now: () => number = () => NOW): SnsVerifier {
    return new SnsVerifier({ topics: new Set([TOPIC]), certificates: this.certificates(now), now });
  }

  /** A notification as SNS would send it, but for what is changed before it is signed. */
  signed(change: Fields = {}, how: { readonly hash?: string; readonly key?: string } = {}): Fields {
    const fields: Record<string, unknown> = { ...NOTIFICATION, ...change };
    for (const [name, value] of Object.entries(change)) if (value === undefined) delete fields[name];
    const text = SIGNED.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${String(fields[name])}\n`]));
    const key = this.keys.get(how.key ?? String(fields['SigningCertURL'])) ?? this.keys.get(GOOD_URL) ?? '';
    return { ...fields, Signature: sign(how.hash ?? 'RSA-SHA256', Buffer.from(text.join('')), key).toString('base64') };
  }
}

export const NOTIFICATION: Readonly<Record<string, string>> = {
  Type: 'Notification',
  MessageId: 'b3f6f2c4-0000-4000-8000-000000000001',
  TopicArn: TOPIC,
  Message: '{"cbas":1}',
  Timestamp: new Date(NOW - 2_000).toISOString(),
  SignatureVersion: '2',
  SigningCertURL: GOOD_URL,
};

export function at(name: string): string {
  return `${BASE}${name}.pem`;
}
