import type { FactsAnswer, JobFacts, JobSpec } from '../../engine/model/job-facts.ts';
import type { JobRow } from '../../engine/model/job.ts';
import type { RankedField } from '../components/fields.ts';
import * as format from '../format.ts';
import { type Painted, paintLine, span } from '../line.ts';
import { logLines } from '../log-text.ts';
import type { Theme } from '../theme.ts';

/** A command line is shown for recognising it; `cbas job` prints all of it. */
const COMMAND_CHARACTERS_MAX = 240;
const FILES_TOLD = 4;

function factsOf(answer: FactsAnswer | undefined): JobFacts | undefined {
  return answer?.kind === 'facts' ? answer.facts : undefined;
}

/** What its owner asked for; the limit is known from the list, before the document is read. */
export function specFields(row: JobRow, answer: FactsAnswer | undefined): readonly RankedField[] {
  const limit =
    row.maxUsdPerHour === 0
      ? []
      : [{ label: 'limit', text: `only where the price is at most ${format.price(row.maxUsdPerHour)} $/h`, rank: 2 }];
  const facts = factsOf(answer);
  if (facts === undefined) return [...limit, { label: 'document', text: unreadWord(answer), rank: 2 }];
  const { spec } = facts;
  if (spec === undefined)
    return [...limit, { label: 'document', text: 'of a version that this console cannot read', rank: 2 }];
  return [
    { label: 'command', text: commandLine(spec.command), rank: 1 },
    { label: 'needs', text: needsOf(spec), rank: 2 },
    ...limit,
  ];
}

function unreadWord(answer: FactsAnswer | undefined): string {
  if (answer === undefined) return 'being read';
  return answer.kind === 'failed' ? `cannot be read, and is asked for again: ${answer.why}` : 'no longer in the table';
}

function commandLine(command: readonly string[]): string {
  const line = command.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return line.length <= COMMAND_CHARACTERS_MAX ? line : `${line.slice(0, COMMAND_CHARACTERS_MAX)}…`;
}

function needsOf({ needs, workS }: JobSpec): string {
  const { vcpus, memoryMb, diskMb, gpus, arch, types, regions } = needs;
  const parts = [
    `${vcpus} vCPU`,
    `${format.bytes(memoryMb * 1_000_000)} memory`,
    `${format.bytes(diskMb * 1_000_000)} disk`,
    gpus > 0 ? `${gpus} GPU` : '',
    arch === 'any' ? '' : arch,
    types.length > 0 ? `one of ${types.join(', ')}` : '',
    regions.length > 0 ? `in ${regions.join(', ')}` : '',
    workS > 0 ? `about ${format.duration(workS * 1_000)} of work` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** How it ended, and what it left. */
export function resultFields({ result, record }: JobRow, answer: FactsAnswer | undefined): readonly RankedField[] {
  const fields: RankedField[] = [];
  if (result !== undefined) {
    const how = result.signal === undefined ? `exit ${result.exitCode ?? format.NONE}` : `signal ${result.signal}`;
    fields.push({ label: 'result', text: how, tone: result.exitCode === 0 ? 'plain' : 'broken', rank: 2 });
  }
  const outputs = outputsOf(factsOf(answer));
  if (outputs !== '') fields.push({ label: 'outputs', text: outputs, rank: 3 });
  if (record !== undefined) {
    const values = Object.entries(record.value).map(([field, x]) => `${field} ${format.figure(x)}`);
    fields.push({ label: 'record', text: `${record.book}/${record.key}: ${values.join(', ')}`, rank: 2 });
  }
  return fields;
}

/** The committed files; before the commit, what the document says that there will be. */
function outputsOf(facts: JobFacts | undefined): string {
  if (facts === undefined) return '';
  if (facts.fileCount === 0) return facts.spec?.outputs.map(({ name, path }) => `${name}: ${path}`).join(', ') ?? '';
  const files = facts.files
    .slice(0, FILES_TOLD)
    .map(({ path, sizeBytes }) => `${path} ${format.bytes(sizeBytes)}`)
    .join(', ');
  const more = facts.fileCount - Math.min(facts.files.length, FILES_TOLD);
  return more > 0 ? `${files} and ${more} more` : files;
}

/** The end of the log, under a line that says how to see all of it. */
export function drawLastLines(
  theme: Theme,
  width: number,
  { answer, isOver }: { readonly answer: FactsAnswer | undefined; readonly isOver: boolean },
): readonly Painted[] {
  const last = factsOf(answer)?.lastLines;
  if (last === undefined) return [];
  const nothing =
    last.why === ''
      ? isOver
        ? 'it wrote nothing'
        : 'it has written nothing yet'
      : `its log cannot be read: ${last.why}`;
  const head = [
    span(` ${last.lines.length === 0 ? nothing : `end of ${last.stream}`}   `, 'dim'),
    span('l', 'strong'),
    span(' log', 'dim'),
  ];
  const lines = last.lines.flatMap((line) => logLines(line));
  return [
    paintLine(theme, width, head),
    ...lines.map((line) => paintLine(theme, width, [span(`  ${line}`)])),
  ]; // prettier-ignore
}
