import { checkpointRows } from './decide-checkpoints.ts';
import { decideDeadline } from './decide-deadline.ts';
import { decideEta } from './decide-eta.ts';
import { decideGuarantee } from './decide-guarantee.ts';
import { decideMarket } from './decide-market.ts';

/** How good the decisions are, beside the rivals and the optimum on the same data: the later part of each recorded set. */
export async function decideBench(say: (line: string) => void): Promise<object> {
  return {
    deadline: await decideDeadline(say),
    ...(await decideGuarantee(say)),
    ...(await decideEta(say)),
    checkpoints: await checkpointRows(say),
    ...(await decideMarket(say)),
  };
}
