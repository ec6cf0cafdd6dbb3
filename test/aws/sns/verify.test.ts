import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, Authorities, type Fields, GOOD_URL, NOTIFICATION, NOW, TOPIC } from './forged.ts';
import { PUSH_REFUSALS, type PushRefusal } from '../../../src/aws/sns/verify.ts';

/** A score of runs of openssl: two seconds, where nothing else runs. */
const MAKE_WITHIN_MS = 300_000;
let authorities: Authorities;
beforeAll(async () => {
  authorities = await Authorities.make();
}, MAKE_WITHIN_MS);
afterAll(() => authorities.close());

const HOST = 'https://sns.us-east-1.amazonaws.com';
const FILE = 'SimpleNotificationService-0a.pem';
const iso = (ms: number): string => new Date(NOW + ms).toISOString();
const CONFIRMATION = { Type: 'SubscriptionConfirmation', Token: 'abc', SubscribeURL: 'https://169.254.169.254/' };

/** A message, forged or malformed; what follows may be a function, for it is signed with keys that are made first. */
type Forged = readonly [what: string, reason: PushRefusal, body: () => unknown, header?: string];

const url = (SigningCertURL: string) => (): Fields => authorities.signed({ SigningCertURL });

const FORGED: readonly Forged[] = [
  ['no JSON', 'form', () => '{"Type":'],
  ['a list', 'form', () => [NOTIFICATION]],
  ['nothing', 'form', () => null],
  ['a message that is a number', 'form', () => ({ ...authorities.signed(), Message: 1 })],
  ['a topic that is a list of topics', 'form', () => ({ ...authorities.signed(), TopicArn: [TOPIC] })],
  ['no id', 'form', () => authorities.signed({ MessageId: undefined })],
  ['no signature', 'form', () => ({ ...authorities.signed(), Signature: undefined })],
  ['a confirmation without a token', 'form', () => authorities.signed({ ...CONFIRMATION, Token: undefined }), CONFIRMATION.Type],
  ['members of a prototype', 'form', () => '{"__proto__":{"Type":"Notification"},"Type":"Notification"}'],
  ['an unknown type', 'type', () => authorities.signed({ Type: 'notification' })],
  ['no header', 'type', () => authorities.signed(), ''],
  ['a header of another type', 'type', () => authorities.signed(), CONFIRMATION.Type],
  ['a topic of another account', 'topic', () => authorities.signed({ TopicArn: TOPIC.replace('000000000000', '111111111111') })],
  ['a topic whose name goes on', 'topic', () => authorities.signed({ TopicArn: `${TOPIC}-2` })],
  ['version 1', 'version', () => authorities.signed({ SignatureVersion: '1' }, { hash: 'RSA-SHA1' })],
  ['version 1 with the hash of 2', 'version', () => authorities.signed({ SignatureVersion: '1' })],
  ['a certificate over http', 'address', url(`${HOST.replace('https', 'http')}/${FILE}`)],
  ['a host that begins like SNS’s', 'address', url(`${HOST}.evil.example/${FILE}`)],
  ['a host behind a name', 'address', url(`https://sns.us-east-1.amazonaws.com@evil.example/${FILE}`)],
  ['a bucket named sns', 'address', url(`https://sns.s3.us-east-1.amazonaws.com/${FILE}`)],
  ['the host of another region', 'address', url(`https://sns.eu-west-1.amazonaws.com/${FILE}`)],
  ['a port', 'address', url(`${HOST}:8443/${FILE}`)],
  ['the usual port, said', 'address', url(`${HOST}:443/${FILE}`)],
  ['a query', 'address', url(`${HOST}/${FILE}?x=1`)],
  ['a fragment', 'address', url(`${HOST}/${FILE}#x`)],
  ['another folder', 'address', url(`${HOST}/public/${FILE}`)],
  ['a path that leads back', 'address', url(`${HOST}/x/../${FILE}`)],
  ['another file', 'address', url(`${HOST}/SimpleNotificationService-0a.pem.txt`)],
  ['a name that is no hash', 'address', url(`${HOST}/SimpleNotificationService-evil.pem`)],
  ['the metadata service', 'address', url(`https://169.254.169.254/${FILE}`)],
  ['no address at all', 'address', url('certificate')],
  ['a certificate that is not there', 'certificate', url(at('ff'))],
  ['somebody else’s certificate', 'certificate', url(at('0d'))],
  ['one that has run out', 'certificate', url(at('0e'))],
  ['one that may sign others', 'certificate', url(at('0f'))],
  ['one of an authority that nobody knows', 'certificate', url(at('1a'))],
  ['one that has signed itself', 'certificate', url(at('1b'))],
  ['one whose issuer was not sent', 'certificate', url(at('0c'))],
  ['one signed by no authority', 'certificate', url(at('1c'))],
  ['no certificate where it should lie', 'certificate', url(at('1d'))],
  ['another message under the signature', 'signature', () => ({ ...authorities.signed(), Message: '{"cbas":2}' })],
  ['another id under the signature', 'signature', () => ({ ...authorities.signed(), MessageId: 'another' })],
  ['a subject that was not signed', 'signature', () => ({ ...authorities.signed(), Subject: 'urgent' })],
  ['members that run into each other', 'signature', () => ({ ...authorities.signed({ Message: 'a\nMessageId\nb' }), Message: 'a', MessageId: 'b' })],
  ['an empty signature', 'signature', () => ({ ...authorities.signed(), Signature: '' })],
  ['a signature that is no base64', 'signature', () => ({ ...authorities.signed(), Signature: '****' })],
  ['the key of another certificate', 'signature', () => authorities.signed({}, { key: at('0d') })],
  ['the hash of version 1', 'signature', () => authorities.signed({}, { hash: 'RSA-SHA1' })],
  ['a notification told as a confirmation', 'signature', () => ({ ...authorities.signed(), ...CONFIRMATION }), CONFIRMATION.Type],
  ['one of two hours ago', 'time', () => authorities.signed({ Timestamp: iso(-7_200_000) })],
  ['one of tomorrow', 'time', () => authorities.signed({ Timestamp: iso(86_400_000) })],
  ['one of no time', 'time', () => authorities.signed({ Timestamp: 'now' })],
]; // prettier-ignore

describe('messages that are not SNS’s', () => {
  const rows = FORGED.map(([what, reason, body, header = 'Notification']) => ({ what, reason, body, header }));
  test.each(rows)('$what: $reason', async ({ reason, body, header }) => {
    const made = body();
    const text = typeof made === 'string' ? made : JSON.stringify(made);
    expect(await authorities.verifier().verify(text, header)).toMatchObject({ ok: false, reason });
  });

  test('are of every kind that can be told from a message alone', () => {
    const ofTheEndpoint = ['size', 'request', 'unasked', 'full', 'replay'];
    const kinds = PUSH_REFUSALS.filter((reason) => !ofTheEndpoint.includes(reason));
    expect([...new Set(FORGED.map(([, reason]) => reason))].sort()).toEqual([...kinds].sort());
    expect(FORGED.length).toBeGreaterThan(20);
  });
});

describe('messages of SNS', () => {
  test.each([
    ['a notification', {}, 'Notification'],
    [
      'one with a subject and a certificate behind an intermediate',
      { Subject: 'é', SigningCertURL: at('0b') },
      'Notification',
    ],
    ['a confirmation', CONFIRMATION, 'SubscriptionConfirmation'],
  ])('%s is taken, once', async (_, change, type) => {
    const verifier = authorities.verifier();
    const body = JSON.stringify(authorities.signed(change));
    expect(await verifier.verify(body, type)).toMatchObject({ ok: true, message: { type, topicArn: TOPIC } });
    expect(await verifier.verify(body, type)).toMatchObject({ ok: false, reason: 'replay' });
  });

  test('a certificate is fetched once in a day, and one that was refused once in a minute', async () => {
    let now = NOW;
    const asked: string[] = [];
    const certificates = authorities.certificates(() => now, asked);
    const get = (where: string) => certificates.get(where, ['sns.amazonaws.com']);
    for (let hour = 0; hour < 24; hour++) {
      expect(await get(GOOD_URL)).toMatchObject({ ok: true });
      now += 3_600_000;
    }
    expect(asked).toEqual([GOOD_URL]);
    await get(GOOD_URL);
    expect(asked).toHaveLength(2);
    for (let times = 0; times < 3; times++) await get(at('1d'));
    expect(asked).toHaveLength(3);
    now += 61_000;
    await get(at('1d'));
    expect(asked).toHaveLength(4);
  });

  test('whoever names ever new certificates makes nobody ask for them without end', async () => {
    const asked: string[] = [];
    const certificates = authorities.certificates(() => NOW, asked);
    for (let name = 0; name < 50; name++) await certificates.get(at(`f${name}`), ['sns.amazonaws.com']);
    expect(asked).toHaveLength(10);
    expect(await certificates.get(at('f99'), ['x'])).toMatchObject({
      ok: false,
      why: expect.stringContaining('in a minute'),
    });
  });
});
