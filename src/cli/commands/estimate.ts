import { money } from '../../ui/format.ts';
import { EXIT } from '../exit.ts';
import { print, printJson, printTable } from '../output.ts';

/** `cbas estimate`: what a deployment costs beside its instances, and how long it takes to a first result. */
export async function estimate(options: { readonly json?: boolean }): Promise<number> {
  const { estimateOf, firstResult } = await import('../aws-setup.ts');
  const known = estimateOf();
  const first = firstResult();
  if (options.json === true) {
    printJson({ ...known, firstResult: first });
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
  print('');
  printTable(
    [
      { title: 'from init to a first result', text: ({ what }) => what },
      { title: 's', text: ({ s }) => (s === undefined ? '-' : s.toFixed(1)), align: 'right' },
      { title: 'of', text: ({ of }) => of },
    ],
    first.steps,
  );
  const left = first.limitS - first.knownS;
  print(
    `${Math.ceil(first.knownS)} s are known; of five minutes ${Math.floor(left)} s are left for what has no figure`,
  );
  return EXIT.done;
}
