import { CliError, EXIT } from '../exit.ts';
import { printJson } from '../output.ts';
import { safe } from '../../ui/safe-text.ts';
import { type SetupOptions, unaskedPlace } from '../setup-place.ts';

export interface ExportOptions extends SetupOptions {
  readonly account?: string;
}

/** `cbas export cloudformation|terraform`: what `init` makes, for those who review first. Asks nothing of AWS. */
export async function exportTemplate(form: string, options: ExportOptions): Promise<number> {
  const { cloudFormation, terraform } = await import('../aws-setup.ts');
  const make = { cloudformation: cloudFormation, terraform }[form];
  if (make === undefined) throw new CliError(`${safe(form)}: expected cloudformation or terraform`, EXIT.usage);
  printJson(make(await unaskedPlace(options)), 2);
  return EXIT.done;
}
