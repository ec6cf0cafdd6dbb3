import { CliError, EXIT } from '../exit.ts';
import { print, printJson } from '../output.ts';
import { safe } from '../../ui/safe-text.ts';
import { type SetupOptions, setupPlace, unaskedPlace } from '../setup-place.ts';

export interface ExportOptions extends SetupOptions {
  readonly account?: string;
}

/** `cbas export cloudformation|terraform`: what `init` makes, for those who review first. Asks nothing of AWS. */
export async function exportTemplate(form: string, options: ExportOptions): Promise<number> {
  const text = TEXTS[form];
  if (text !== undefined) {
    print((await text(options)).trimEnd());
    return EXIT.done;
  }
  const { cloudFormation, terraform } = await import('../aws-setup.ts');
  const make = { cloudformation: cloudFormation, terraform }[form];
  if (make === undefined)
    throw new CliError(`${safe(form)}: expected cloudformation, terraform, master or master-unit`, EXIT.usage);
  printJson(make(await unaskedPlace(options)), 2);
  return EXIT.done;
}

/** What a master's instance starts with: its user data, or the service alone for an image that has CBAS. */
const TEXTS: Readonly<Record<string, ((options: ExportOptions) => Promise<string>) | undefined>> = {
  master: async (options) => {
    const { spec, program } = await setupPlace(options, 'as it is');
    if (program === undefined)
      throw new CliError(
        `instances of ${spec.name} fetch no program; for an image that has it: cbas export master-unit`,
        EXIT.refused,
      );
    const { bootScript } = await import('../aws-setup.ts');
    return bootScript(spec, program.pins, 'master');
  },
  'master-unit': async (options) => {
    const { name, region } = await unaskedPlace({ ...options, program: 'image' });
    const { masterUnit } = await import('../aws-setup.ts');
    return masterUnit(name, region);
  },
};
