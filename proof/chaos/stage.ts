import type { Rng } from '../../src/engine/model/rng.ts';
import type { Cloud } from '../../test/support/cloud.ts';
import type { World } from '../../test/support/processes.ts';
import type { Masters } from './masters.ts';
import type { Operators } from './operators.ts';
import type { Outages } from './outages.ts';
import type { Watch } from './watch.ts';

/** Everything that a chaos has on its hands. */
export interface Stage {
  readonly world: World;
  readonly cloud: Cloud;
  readonly outages: Outages;
  readonly masters: Masters;
  readonly watch: Watch;
  readonly operators: Operators;
  readonly rng: Rng;
  readonly say: (line: string) => void;
}
