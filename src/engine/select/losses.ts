import type { JobLosses } from '../model/job.ts';

/** How often a job lost its worker and to what, and the workers lost last: the evidence. Empty when it never did. */
export function lossesSentence({ spot, node, controller, inARow, workers }: JobLosses): string {
  const causes = [`${spot} spot`, `${node} node`, `${controller} controller`].filter((told) => !told.startsWith('0 '));
  if (causes.length === 0) return '';
  const row = inARow > 1 ? `; ${inARow} in a row without a checkpoint in between` : '';
  return `${causes.join(', ')}${row}; lost ${workers.length > 1 ? 'workers' : 'worker'} ${workers.join(', ')}`;
}
