import { verify } from 'node:crypto';
import type { SigningCertificates } from './certificates.ts';

/** Why a message is refused; each is counted, and shown by its word. */
export const PUSH_REFUSALS = [
  'size', // longer than SNS sends
  'request', // not a POST to our path
  'form', // no JSON object, or a member that must be there is not, or is no text
  'type', // none of the three that there are, or another than its header says
  'topic', // of a topic that is not ours
  'version', // not signed by version 2
  'address', // its certificate is not where SNS keeps them
  'certificate', // what lies there is not to be trusted
  'signature',
  'time', // signed more than an hour ago, or in the future
  'replay', // it has come before
  'unasked', // confirms what we did not ask for
  'full', // nobody takes what came before
] as const;
export type PushRefusal = (typeof PUSH_REFUSALS)[number];

export type SnsType = 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';

export interface SnsMessage {
  readonly type: SnsType;
  readonly id: string;
  readonly topicArn: string;
  readonly message: string;
  /** Of a confirmation. */
  readonly token: string;
}

export type Verified =
  | { readonly ok: true; readonly message: SnsMessage }
  | { readonly ok: false; readonly reason: PushRefusal; readonly detail: string };

/** What is signed, in this order; a member that is not there is left out, which only `Subject` may be. */
const SIGNED: Readonly<Record<SnsType, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};
const AWAY_MS = 3_600_000;
/** Of ids that came: an hour's, at ten in a second. */
const SEEN_MAX = 36_000;
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-f]+\.pem$/;
const TOPIC = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{1,32}):\d{12}:[\w-]{1,256}$/;

export interface VerifierOptions {
  /** ARNs; messages of every other topic are refused before anything else is looked at. */
  readonly topics: ReadonlySet<string>;
  readonly certificates: Pick<SigningCertificates, 'get'>;
  readonly now: () => number;
}

/**
 * Whether a message is from SNS, of one of our topics, and new. To the letter of AWS's rules and past their samples: the certificate
 * comes from SNS's own host in the topic's region, from the one path that SNS uses, and is followed to a root; version 1 (SHA-1) is
 * refused. An address in a message is never fetched for any other purpose.
 */
export class SnsVerifier {
  readonly #options: VerifierOptions;
  readonly #seen = new Map<string, number>();

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  async verify(body: string, typeHeader: string): Promise<Verified> {
    const fields = fieldsOf(body);
    if (fields === undefined) return refused('form', 'no JSON object of texts');
    const type = (Object.keys(SIGNED) as SnsType[]).find((one) => one === fields['Type']);
    if (type === undefined || typeHeader !== type)
      return refused('type', `type ${shown(fields['Type'])}, header ${shown(typeHeader)}`);
    const lacking = [...SIGNED[type], ...ALWAYS].find((name) => name !== 'Subject' && fields[name] === undefined);
    if (lacking !== undefined) return refused('form', `no ${lacking}`);
    const { TopicArn = '', SignatureVersion, SigningCertURL = '', MessageId = '', Message = '', Token = '' } = fields;
    if (!this.#options.topics.has(TopicArn)) return refused('topic', shown(TopicArn));
    if (SignatureVersion !== '2') return refused('version', shown(SignatureVersion));
    const place = certificatePlace(SigningCertURL, TopicArn);
    if (place === undefined) return refused('address', shown(SigningCertURL));
    const trusted = await this.#options.certificates.get(place.url, place.names);
    if (!trusted.ok) return refused('certificate', trusted.why);
    const signed = SIGNED[type].flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`]));
    const signature = Buffer.from(fields['Signature'] ?? '', 'base64');
    if (!verify('RSA-SHA256', Buffer.from(signed.join('')), trusted.certificate.publicKey, signature))
      return refused('signature', `message ${shown(MessageId)}`);
    const late = this.#notNow(fields['Timestamp'] ?? '', MessageId);
    return late ?? { ok: true, message: { type, id: MessageId, topicArn: TopicArn, message: Message, token: Token } };
  }

  #notNow(timestamp: string, id: string): Verified | undefined {
    const now = this.#options.now();
    const at = Date.parse(timestamp);
    if (!(Math.abs(now - at) <= AWAY_MS)) return refused('time', shown(timestamp));
    if (this.#seen.has(id)) return refused('replay', `message ${shown(id)}`);
    this.#seen.set(id, at);
    for (const [old, oldAt] of this.#seen) {
      // What is older than this would be refused for its time.
      if (this.#seen.size <= SEEN_MAX && oldAt >= now - AWAY_MS) break;
      this.#seen.delete(old);
    }
    return undefined;
  }
}

const ALWAYS = ['Signature', 'SignatureVersion', 'SigningCertURL'] as const;

function refused(reason: PushRefusal, detail: string): Verified {
  return { ok: false, reason, detail };
}

/** Untrusted, for a person: short, and as JSON, so that it ends where it seems to end. */
function shown(value: unknown): string {
  return JSON.stringify(value ?? null).slice(0, 120);
}

/** Members that are texts; undefined where it is no object, or where one of the signed members is no text. */
function fieldsOf(body: string): Readonly<Record<string, string>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, one] of Object.entries(value)) {
    if (typeof one === 'string') fields[name] = one;
    else if (NAMES.has(name) && one !== null) return undefined;
  }
  return fields;
}

const NAMES = new Set<string>([...Object.values(SIGNED).flat(), ...ALWAYS]);

/** Where SNS keeps the certificate of a topic's region, and whose it must be; undefined for every other address. */
function certificatePlace(
  text: string,
  topicArn: string,
): { readonly url: string; readonly names: readonly string[] } | undefined {
  const [, partition, region = ''] = TOPIC.exec(topicArn) ?? [];
  if (partition === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const host = `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
  const isOurs =
    url.protocol === 'https:' &&
    url.host === host &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    CERTIFICATE_PATH.test(url.pathname) &&
    // As it was written: nothing that a parser tidied up.
    text === `https://${host}${url.pathname}`;
  return isOurs ? { url: text, names: partition === 'aws-cn' ? [host] : ['sns.amazonaws.com'] } : undefined;
}
