import type { ConditionalWrite, TableName } from '../model/command.ts';

/** What operators write. The audit is not among them: an act goes on where its line cannot be written, and says so. */
export const OPERATOR_TABLES: readonly TableName[] = ['jobs', 'workers', 'intents', 'misc'];

/** No row has this id. */
const PROBED = 'rights-probe';

/**
 * A write that changes nothing, whatever stands there: its condition contradicts itself. IAM is asked before the condition is, so
 * it is refused as denied where the right is missing, and as a conflict where it is there.
 */
export function rightsProbe(table: TableName): ConditionalWrite {
  return {
    table,
    key: PROBED,
    conditions: [
      { op: 'exists', attribute: 'probed' },
      { op: 'absent', attribute: 'probed' },
    ],
    set: { probed: 'never' },
    add: {},
    remove: [],
  };
}
