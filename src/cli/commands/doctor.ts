import { safe } from '../../ui/safe-text.ts';
import type { Finding } from '../../aws/setup/survey.ts';
import { CliError, EXIT } from '../exit.ts';
import { print, printJson } from '../output.ts';
import { runningVersions, versionsSentence } from '../running-versions.ts';
import { type SetupOptions, type SetupPlace, setupPlace } from '../setup-place.ts';
import { findingJson, init, printPlan, programJson } from './init.ts';

export interface DoctorOptions extends SetupOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
}

/**
 * `cbas doctor`: how the resources of a deployment stand, and which versions run on them; with `--fix`, mends what has drifted and
 * makes what is missing. It never changes which program new workers start with: that is `cbas init`'s.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const place = await setupPlace(options, 'as it is');
  const { DynamoStore, names } = await import('../aws-data.ts');
  const lost = await lostProgram(place);
  if (options.fix === true) {
    // What is gone from the bucket can be put there again by whoever has it: the same version, or another as a new one.
    const wish = lost.length > 0 || place.manifest === undefined ? 'this version' : 'as it is';
    return init({ ...options, workers: '0' }, wish);
  }
  const { surveyDeployment } = await import('../aws-setup.ts');
  const findings = await surveyDeployment(place.choice.target, place.spec);
  if (place.manifest === undefined && findings.every(({ standing }) => standing === 'missing'))
    throw new CliError(
      `there is no deployment ${place.spec.name} in ${place.spec.region}; make it with: cbas init --deployment ${place.spec.name}`,
      EXIT.notFound,
    );
  const versions = await runningVersions(new DynamoStore(place.choice.target, names.prefix(place.spec.name)));
  const wrong =
    findings.filter(({ standing }) => standing !== 'exists' && standing !== 'unsupported').length + lost.length;
  const wanting = findings.filter(({ standing }) => standing === 'unsupported');
  if (options.json === true)
    printJson({ findings: findings.map(findingJson), program: programJson(place), lost, versions });
  else {
    await printPlan(place, findings);
    print(versionsSentence(versions));
    for (const key of lost) print(`not in the bucket as it was put there: ${safe(key)}; new workers cannot start`);
    if (wanting.length > 0) print(wantingSentence(wanting));
    print(wrong === 0 ? 'all as it should be' : `${wrong} not as they should be; mend them: cbas doctor --fix`);
  }
  return wrong === 0 ? EXIT.done : EXIT.failed;
}

/** What of this deployment the server that speaks AWS cannot have; nobody can mend that. */
function wantingSentence(wanting: readonly Finding[]): string {
  const names = wanting.map(({ resource }) => safe(resource.name)).join(', ');
  return `not supported by this server, and done without: ${names}`;
}

/** Keys of the program that new workers would not find. */
async function lostProgram({ program, spec, choice }: SetupPlace): Promise<readonly string[]> {
  if (program === undefined) return [];
  const [{ S3Blobs, names }, { missingPins }] = await Promise.all([
    import('../aws-data.ts'),
    import('../aws-setup.ts'),
  ]);
  const { FaultError } = await import('../../engine/model/fault.ts');
  const blobs = new S3Blobs(choice.target, names.bucket(spec.name, spec.accountId, spec.region));
  const pins = [program.pins.archive, ...program.pins.nodes];
  try {
    return await missingPins(blobs, pins);
  } catch (error) {
    if (error instanceof FaultError && error.fault.kind === 'not-found') return pins.map(({ key }) => key);
    throw error;
  }
}
