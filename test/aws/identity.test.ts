import { expect, test } from 'vitest';
import { nameOfArn } from '../../src/aws/identity.ts';
import { ownedBy, decodeJobDocument } from '../../src/engine/protocol/job-document.ts';

test.each([
  ['arn:aws:iam::123456789012:user/ana', 'ana'],
  ['arn:aws:iam::123456789012:user/division/lab/ana', 'ana'],
  ['arn:aws:sts::123456789012:assumed-role/Admin/ana', 'Admin/ana'],
  ['arn:aws-cn:sts::123456789012:assumed-role/cbas-lab-master/i-0a41', 'cbas-lab-master/i-0a41'],
  ['arn:aws:sts::123456789012:federated-user/ana', 'federated-user/ana'],
  ['arn:aws:iam::123456789012:root', 'root'],
  ['', ''],
])('%s is called %s: no session of a role can take the name of a user', (arn, name) =>
  expect(nameOfArn(arn)).toBe(name),
);

test('the owner of a job is who submits it, and no document says otherwise', () => {
  const decode = (owner?: string) => {
    const decoded = decodeJobDocument({ cbas: 1, run: { command: ['true'] }, ...(owner !== undefined && { owner }) });
    if (!decoded.ok) throw new Error('not a document');
    return ownedBy(decoded.value, 'ana');
  };
  for (const owner of [undefined, '', 'ana'])
    expect(decode(owner)).toMatchObject({ ok: true, value: { owner: 'ana' } });
  expect(decode('bob')).toEqual({
    ok: false,
    problems: [{ path: 'owner', problem: 'is "bob", but it is "ana" who submits: leave it out' }],
  });
});
