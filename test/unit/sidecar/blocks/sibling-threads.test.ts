import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Session } from 'node:inspector';
import test from 'node:test';
import { SiblingThreads } from '../../../../src/sidecar/blocks/sibling-threads.js';

function scene() {
  const posted: [method: string, params: { sessionId?: string; message?: string }][] = [];
  const session = Object.assign(new EventEmitter(), {
    post: (method: string, params = {}) => void posted.push([method, params]),
  });
  const threads = new SiblingThreads(session as unknown as Session);
  const attach = (threadId: number) =>
    session.emit('NodeWorker.attachedToWorker', {
      params: { sessionId: `s${threadId}`, workerInfo: { title: `[worker ${threadId}] name` } },
    });
  const sent = () =>
    posted
      .filter(([method]) => method === 'NodeWorker.sendMessageToWorker')
      .map(([, { sessionId, message }]) => `${sessionId} ${JSON.parse(message ?? '').method}`);
  return { session, threads, posted, attach, sent };
}

test('a question waits until its thread is known', () => {
  const { session, threads, attach, sent } = scene();
  const answers: unknown[] = [];
  threads.evaluate(3, { expression: '1' }, (value) => answers.push(value));
  assert.deepEqual(sent(), []);
  attach(3);
  assert.deepEqual(sent(), ['s3 Runtime.evaluate']);
  const message = JSON.stringify({ id: 1, result: { result: { value: 'answer' } } });
  for (let again = 0; again < 2; again++) {
    session.emit('NodeWorker.receivedMessageFromWorker', { params: { message } });
  }
  assert.deepEqual(answers, ['answer']);
});

test('a thread that nobody asks about is let go of at once, and attached to again when it is asked', () => {
  const { session, threads, posted, attach, sent } = scene();
  threads.evaluate(3, { expression: '1' }, () => {});
  attach(3);
  attach(4);
  assert.deepEqual(posted.at(-1), ['NodeWorker.detach', { sessionId: 's4' }]);
  assert.deepEqual([threads.knows(3), threads.knows(4)], [true, false]);
  const before = posted.length;
  threads.evaluate(4, { expression: '1' }, () => {});
  assert.deepEqual(
    posted.slice(before).map(([method]) => method),
    ['NodeWorker.sendMessageToWorker', 'NodeWorker.detach', 'NodeWorker.disable', 'NodeWorker.enable'],
  );
  // what the other thread has not answered is asked again
  attach(3);
  attach(4);
  assert.deepEqual(sent(), [
    's3 Runtime.evaluate',
    's3 Runtime.discardConsoleEntries',
    's3 Runtime.evaluate',
    's4 Runtime.evaluate',
  ]);
  assert.equal(session.listenerCount('NodeWorker.attachedToWorker'), 1);
});

test('threads that are asked in turn stay attached to, until nothing more is wanted of one', () => {
  const { session, threads, posted, attach, sent } = scene();
  const answer = (id: number) =>
    session.emit('NodeWorker.receivedMessageFromWorker', { params: { message: JSON.stringify({ id }) } });
  threads.evaluate(3, { expression: '1' }, () => {});
  threads.evaluate(4, { expression: '1' }, () => {});
  attach(3);
  attach(4);
  answer(1);
  answer(2);
  threads.evaluate(3, { expression: '1' }, () => {});
  threads.evaluate(4, { expression: '1' }, () => {});
  assert.deepEqual(sent().length, 4);
  assert.equal(posted.filter(([method]) => method === 'NodeWorker.enable').length, 1);
  threads.release(3);
  assert.deepEqual(posted.at(-1), ['NodeWorker.detach', { sessionId: 's3' }]);
  assert.deepEqual([threads.knows(3), threads.knows(4)], [false, true]);
  const before = posted.length;
  threads.release(3);
  threads.release(5);
  assert.equal(posted.length, before);
});

test('all are let go of before the session ends, and one that becomes known after it is sent nothing', () => {
  const { threads, posted, attach } = scene();
  threads.evaluate(3, { expression: '1' }, () => {});
  threads.evaluate(4, { expression: '1' }, () => {});
  attach(3);
  threads.leave();
  assert.deepEqual(posted.at(-1), ['NodeWorker.detach', { sessionId: 's3' }]);
  const before = posted.length;
  attach(4);
  assert.equal(posted.length, before);
});
