import { CliError, EXIT } from '../exit.ts';
import { print, printJson } from '../output.ts';
import { type SetupOptions, setupPlace } from '../setup-place.ts';
import { findingJson, init, printPlan } from './init.ts';

export interface DoctorOptions extends SetupOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
}

/** `cbas doctor`: how the resources of a deployment stand; with `--fix`, mends what has drifted and makes what is missing. */
export async function doctor(options: DoctorOptions): Promise<number> {
  if (options.fix === true) return init({ ...options, workers: '0' });
  const place = await setupPlace(options);
  const { surveyDeployment } = await import('../aws-setup.ts');
  const findings = await surveyDeployment(place.choice.target, place.spec);
  if (place.manifest === undefined && findings.every(({ standing }) => standing === 'missing'))
    throw new CliError(
      `there is no deployment ${place.spec.name} in ${place.spec.region}; make it with: cbas init --deployment ${place.spec.name}`,
      EXIT.notFound,
    );
  const wrong = findings.filter(({ standing }) => standing !== 'exists');
  if (options.json === true) printJson({ findings: findings.map(findingJson) });
  else {
    await printPlan(place, findings);
    print(
      wrong.length === 0
        ? 'all as it should be'
        : `${wrong.length} not as they should be; mend them: cbas doctor --fix`,
    );
  }
  return wrong.length === 0 ? EXIT.done : EXIT.failed;
}
