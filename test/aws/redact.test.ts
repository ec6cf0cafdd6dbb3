import { describe, expect, it, test } from 'vitest';
import { faultFrom } from '../../src/aws/errors.ts';
import { withoutSecrets } from '../../src/aws/redact.ts';

const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE+/token==';

describe('what a server quotes', () => {
  it.each([
    [
      'a canonical request',
      `'POST\n/\n\nhost:sqs\nx-amz-date:20260101T000000Z\nx-amz-security-token:${TOKEN}\n\nhost'`,
    ],
    ['headers as JSON', JSON.stringify({ 'x-amz-security-token': TOKEN, host: 'a' })],
    ['headers in a line', `Host = a, X-Amz-Security-Token = ${TOKEN}, Accept = */*`],
    ['a presigned address', `https://b.s3/k?X-Amz-Security-Token=${TOKEN}&X-Amz-Expires=60`],
    ['an encoded address', `X-Amz-Security-Token%3D${TOKEN}`],
    ['keys as a program prints them', `{"SecretAccessKey":"${TOKEN}","SessionToken":"${TOKEN}"}`],
    ['a file of credentials', `aws_secret_access_key = ${TOKEN}\naws_session_token=${TOKEN}`],
    ['a token without a name', `the token is expired: ${`${TOKEN.slice(0, -2)}9`.repeat(5)}==`],
    ['a header of another scheme', `Authorization: Bearer ${TOKEN}`],
  ])('%s is told without its secrets', (_, text) => {
    const told = withoutSecrets(text);
    expect(told).not.toContain(TOKEN);
    expect(told).toContain('(left out)');
  });

  it('signatures and key ids are told so far as to know whose they are', () => {
    const signed =
      'AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE12/20260101/us-east-1/s3/aws4_request, Signature=0a1b';
    expect(withoutSecrets(`got ${signed}.`)).toBe('got (left out).');
    expect(withoutSecrets('InvalidAccessKeyId: ASIAEXAMPLEEXAMPLE12 is unknown')).toBe('InvalidAccessKeyId: ASIAEX... is unknown'); // prettier-ignore
  });

  it.each(['no answer within 5 s', 'ARN arn:aws:iam::123456789012:role/x is not authorized to perform: s3:GetObject', 'i-0123456789abcdef0', `${'/out/0193a7c2-5b1e-7c3d'.repeat(8)}`, `Encoded authorization failure message: ${'aB3-_Xy9Z'.repeat(40)}`])(
    '"%s" is told as it is',
    (text) => expect(withoutSecrets(text)).toBe(text),
  ); // prettier-ignore
});

test('a fault holds no key, whatever the error says', () => {
  const error = Object.assign(new Error(`x-amz-security-token:${TOKEN}`), { name: 'SignatureDoesNotMatch' });
  const fault = faultFrom(error, 's3 GetObject', 'bucket/key');
  expect(fault).toMatchObject({ kind: 'denied', detail: 'x-amz-security-token:(left out)' });
});
