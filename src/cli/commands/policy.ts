import { CliError, EXIT } from '../exit.ts';
import { printJson } from '../output.ts';
import { safe } from '../../ui/safe-text.ts';
import { type SetupOptions, unaskedPlace } from '../setup-place.ts';

export interface PolicyOptions extends SetupOptions {
  readonly role: string;
  readonly account?: string;
}

/** `cbas policy print --role R`: the least rights of a role, as an IAM policy document. Asks nothing of AWS. */
export async function printPolicy(options: PolicyOptions): Promise<number> {
  const { policyOf, ROLES } = await import('../aws-setup.ts');
  const role = ROLES.find((one) => one === options.role);
  if (role === undefined)
    throw new CliError(`--role ${safe(options.role)}: expected one of ${ROLES.join(', ')}`, EXIT.usage);
  printJson(policyOf(role, await unaskedPlace(options)), 2);
  return EXIT.done;
}
