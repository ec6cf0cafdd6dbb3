import assert from 'node:assert/strict';
import { type ConformanceCase, eventually } from './context.ts';

const patient = new AbortController().signal;

export const QUEUE_CASES: readonly ConformanceCase[] = [
  {
    port: 'queue',
    operation: 'ReceiveMessage',
    name: 'gives what was sent, hides it, gives it again with a larger count, and no more once it is deleted',
    run: async ({ queue, unique }) => {
      const body = JSON.stringify({ text: unique('ü€😀 "quoted"\n') });
      await queue.send([body]);
      const [first] = await queue.receive(5_000, patient);
      assert.deepEqual([first?.body, first?.receivedCount], [body, 1]);
      assert.deepEqual(await queue.receive(0, patient), []);
      const again = await eventually(() => queue.receive(1_000, patient), ({ length }) => length > 0); // prettier-ignore
      assert.deepEqual([again[0]?.body, again[0]?.receivedCount], [body, 2]);
      await queue.delete(again);
      assert.deepEqual(await queue.receive(2_500, patient), []);
    },
  },
  {
    port: 'queue',
    operation: 'SendMessageBatch',
    name: 'takes more than ten at once; at most ten come at a time; depth counts them',
    run: async ({ queue, unique }) => {
      const bodies = Array.from({ length: 23 }, (_, at) => unique(`m${at}`));
      await queue.send(bodies);
      assert.equal(await eventually(() => queue.depth(), (depth) => depth === 23), 23); // prettier-ignore
      const seen = new Set<string>();
      while (seen.size < 23) {
        const messages = await queue.receive(3_000, patient);
        assert.ok(messages.length > 0 && messages.length <= 10, `${messages.length} at a time, ${seen.size} so far`);
        for (const { body } of messages) seen.add(body);
        await queue.delete(messages);
      }
      assert.deepEqual([...seen].sort(), bodies.toSorted());
      assert.equal(await eventually(() => queue.depth(), (depth) => depth === 0), 0); // prettier-ignore
    },
  },
  {
    port: 'queue',
    operation: 'ReceiveMessage',
    name: 'that waits is woken by a letter',
    run: async ({ queue, unique }) => {
      const body = unique('late');
      const waiting = queue.receive(10_000, patient);
      await queue.send([body]);
      const messages = await waiting;
      assert.deepEqual(messages.map((message) => message.body), [body]); // prettier-ignore
      await queue.delete(messages);
    },
  },
];
