import { money } from '../../ui/format.ts';
import { EXIT } from '../exit.ts';
import { print, printJson, printTable } from '../output.ts';

/** `cbas estimate`: what a deployment costs beside its instances. */
export async function estimate(options: { readonly json?: boolean }): Promise<number> {
  const { estimateOf } = await import('../aws-setup.ts');
  const known = estimateOf();
  if (options.json === true) {
    printJson(known);
    return EXIT.done;
  }
  printTable(
    [
      { title: 'what', text: ({ what }) => what },
      { title: 'costs', text: ({ usd }) => (usd > 0 && usd < 0.01 ? 'under $0.01' : money(usd)), align: 'right' },
      { title: 'per', text: ({ per }) => per },
      { title: 'of', text: ({ of }) => of },
    ],
    known.lines,
  );
  print('prices of us-east-1; other regions are up to a half dearer. What workers cost, the market says: cbas prices');
  return EXIT.done;
}
