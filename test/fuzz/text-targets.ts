import path from 'node:path';
import { parseManifest } from '../../src/engine/protocol/blobs.ts';
import { decodeJobDocument, deadlineOf, parseJobDocument } from '../../src/engine/protocol/job-document.ts';
import { jobRowOf, newJobItem } from '../../src/engine/protocol/job-item.ts';
import { decodeMessage } from '../../src/engine/protocol/messages.ts';
import { describeProblems, type Problem } from '../../src/engine/protocol/shape.ts';
import { readJournal } from '../../src/engine/run/journal.ts';
import { corpus, must, mustBePlain, mustBeSentence, type Target } from './target.ts';

function mustTellWhere(problems: readonly Problem[]): void {
  must(problems.length > 0, 'a refusal without a problem');
  for (const problem of problems) mustBeSentence(describeProblems([problem]), 'a problem');
}

const jobDocuments: Target = {
  name: 'job documents',
  corpus: corpus('job-documents'),
  take(value, text) {
    const parsed = parseJobDocument(text);
    if (!parsed.ok) mustTellWhere(parsed.problems);
    const decoded = decodeJobDocument(value);
    if (!decoded.ok) {
      mustTellWhere(decoded.problems);
      return 'refused';
    }
    mustBePlain(decoded.value);
    const again = decodeJobDocument(JSON.parse(JSON.stringify(decoded.value)));
    must(again.ok && JSON.stringify(again.value) === JSON.stringify(decoded.value), 'what is stored reads otherwise');
    const deadlineAt = deadlineOf(decoded.value, Date.parse);
    must(Number.isFinite(deadlineAt), `the deadline ${decoded.value.deadline} is no time`);
    const item = newJobItem({ id: 'j', document: decoded.value, deadlineAt, at: 5 }, { shards: 4, readyShards: 2 });
    must(jobRowOf(item) !== undefined, 'an accepted document makes no row');
    return 'accepted';
  },
};

const WHATS_MAX = 200;
const messages: Target = {
  name: 'messages',
  corpus: corpus('messages'),
  take(_, text) {
    const message = decodeMessage(text, Date.parse);
    mustBePlain(message);
    if (message.kind !== 'unknown') return 'accepted';
    mustBeSentence(message.what, 'what is unknown');
    must(message.what.length <= WHATS_MAX, `what is unknown takes ${message.what.length} characters`);
    return 'refused';
  },
};

const manifests: Target = {
  name: 'manifests',
  corpus: corpus('manifests'),
  take(_, text) {
    const manifest = parseManifest(text);
    if (manifest === undefined) return 'refused';
    mustBePlain(manifest);
    for (const file of manifest.files) {
      must(
        path.resolve('/job', file.path).startsWith('/job/'),
        `${JSON.stringify(file.path)} is not inside the folder`,
      );
      must(!file.path.includes('\0'), 'a path with a zero byte');
      must(file.sizeBytes >= 0, `a file of ${file.sizeBytes} bytes`);
    }
    return 'accepted';
  },
};

const LINES = corpus('journal-lines').map((line) => JSON.stringify(line));
/** How many events stand before the strange line, and after it. */
const EVENTS = LINES.length - 1;

/** The strange text is a line in the middle of a journal, and then its torn last one. */
const journals: Target = {
  name: 'journal lines',
  corpus: corpus('journal-lines'),
  take(_, text) {
    const line = text.replaceAll('\n', ' ');
    const whole = readJournal([...LINES, line, ...LINES, ''].join('\n'));
    const told = whole.damaged.length + whole.events.length - 2 * EVENTS;
    must(told === 1 || (told === 0 && line.includes('"journal"')), `a strange line counts ${told} times`);
    must(whole.damaged.every((number) => number === LINES.length + 1), `the wrong line is told: ${whole.damaged.join()}`);
    must(JSON.stringify(whole.events.slice(-EVENTS)) === JSON.stringify(whole.events.slice(0, EVENTS)), 'the rest is not read');
    for (const { at, kind } of whole.events) must(Number.isFinite(at) && kind !== undefined, `an event at ${at}`);
    const torn = readJournal([...LINES, line.slice(0, Math.floor(line.length / 2))].join('\n'));
    must(torn.damaged.length === 0 || isWholeLine(line), `a torn last line is told as damage`);
    must(torn.events.length >= EVENTS, 'what stood before a torn line is not read');
    return whole.damaged.length === 0 ? 'accepted' : 'refused';
  },
}; // prettier-ignore

/** Half of it is JSON by itself, so that nobody can see that it was torn. */
function isWholeLine(line: string): boolean {
  try {
    JSON.parse(line.slice(0, Math.floor(line.length / 2)));
    return true;
  } catch {
    return false;
  }
}

export const TEXT_TARGETS: readonly Target[] = [jobDocuments, messages, manifests, journals];
