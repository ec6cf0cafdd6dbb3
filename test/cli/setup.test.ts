import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES } from '../../src/aws/setup/model/policies.ts';
import { cbas, NAME, type TestDeployment, testDeployment } from './deployment.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

interface Planned {
  readonly id: string;
  readonly standing: string;
  readonly action: string;
}

describe('a deployment as its resources', () => {
  test('init --plan changes nothing and tells each; a script reads the same', async () => {
    const { code, stdout } = await cbas('init', '--plan');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^table +cbas-lab-jobs +exists +keep$/m);
    expect(stdout).toMatch(/costs \$0\.00\d* a month while nothing runs/);
    const { plan } = JSON.parse((await cbas('init', '--plan', '--json')).stdout) as { plan: readonly Planned[] };
    expect(plan.length).toBeGreaterThan(20);
    expect(new Set(plan.map(({ action }) => action))).toEqual(new Set(['keep']));
  });

  test('destroy keeps data, takes the rest, and says what is left; init makes it again', async () => {
    const dry = await cbas('destroy', '--dry-run');
    expect(dry.stdout).toMatch(/^table +cbas-lab-jobs +keep: it holds data$/m);
    expect((await cbas('doctor')).code).toBe(0);

    const gone = await cbas('destroy', '--yes');
    expect(gone.code).toBe(0);
    expect(gone.stdout).toMatch(/^19 taken away, 0 of what should have gone still there$/m);
    expect(gone.stderr).toMatch(/7 that hold data were kept/);
    const ill = await cbas('doctor');
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/19 not as they should be; mend them: cbas doctor --fix/);
    expect((await cbas('doctor', '--fix', '--yes')).stdout).toMatch(/^19 created, 7 as they were$/m);
    expect((await cbas('doctor')).stdout).toMatch(/^all as it should be$/m);
  });

  test('data goes only with the name typed, and then nothing is left', async () => {
    const wrong = await cbas('destroy', '--yes', '--purge', 'lob');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--purge lob: type the deployment’s name, lab/);
    const gone = await cbas('destroy', '--yes', '--purge', NAME);
    expect(gone.stdout).toMatch(/^nothing that bears its name or its tag is left$/m);
    const none = await cbas('doctor');
    expect(none.code).toBe(3);
    expect(none.stderr).toMatch(/there is no deployment lab in us-east-1; make it with: cbas init/);
    expect((await cbas('init', '--yes')).stdout).toMatch(/^26 created$/m);
  });

  test('without a terminal nothing is taken away unasked', async () => {
    const { code, stderr } = await cbas('destroy');
    expect(code).toBe(4);
    expect(stderr).toMatch(/there is no terminal to confirm it on; add --yes, or --dry-run/);
    expect((await cbas('doctor')).code).toBe(0);
  });

  test('a pool of another region, and one that is none, are refused before anything is made', async () => {
    expect((await cbas('init', '--yes', '--pool', 'c5.large:0.05')).stderr).toMatch(/expected type\/zone:bid/);
    expect((await cbas('init', '--yes', '--pool', 'c5.large/eu-west-1a:0.05')).stderr).toMatch(/is not in us-east-1/);
  });
});

describe('what is printed for review', () => {
  test.each(ROLES)('policy print --role %s is a policy', async (role) => {
    const { code, stdout } = await cbas('policy', 'print', '--role', role, '--account', '123456789012');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Version: '2012-10-17' });
    expect(stdout).toContain('123456789012');
  });

  test('an unknown role, form or account is told what would do', async () => {
    expect((await cbas('policy', 'print', '--role', 'god')).stderr).toMatch(/expected one of viewer, operator/);
    expect((await cbas('export', 'cdk')).stderr).toMatch(/expected cloudformation, terraform, master or master-unit/);
    expect((await cbas('export', 'terraform', '--account', '12')).stderr).toMatch(/twelve digits/);
  });

  test('estimate: an idle deployment stays below a dollar a month', async () => {
    const { stdout } = await cbas('estimate', '--json');
    expect((JSON.parse(stdout) as { idleUsdPerMonth: number }).idleUsdPerMonth).toBeLessThan(1);
  });
});
