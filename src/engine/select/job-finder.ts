import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { FilterTerm } from './filter.ts';
import { JobMarks } from './job-marks.ts';

/** The newest words looked for: asked again, for the next row, they have been looked for in many already. */
let known: { readonly text: string; readonly marks: JobMarks } | undefined;

/** Whether the job at a position has a text in what a filter without a column looks into. Searches a chunk at a time. */
export function jobFinder({ jobs }: { readonly jobs: Rows<JobRow> }, text: string): (position: number) => boolean {
  const term: FilterTerm = { column: undefined, op: 'has', text: text.toLowerCase(), pattern: undefined, number: NaN, isNot: false }; // prettier-ignore
  const question = { jobs, now: 0, live: {}, filter: { terms: [term] }, faultsOnly: false };
  const isKnown = known?.text === text && known.marks.question.jobs === jobs;
  const marks = isKnown ? known!.marks : new JobMarks(question, known?.marks);
  known = { text, marks };
  return (position) => position >= 0 && marks.has(position);
}
